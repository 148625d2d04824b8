-- One row per compound and day of change: the register with its history, placed by the street of the community.
with version as (
    {{ current_version('property_compound', key=['compound_id', 'valid_from']) }}
),

-- A delivery that names two modes for one day contradicts itself; a later delivery corrects an earlier one.
doubled as (
    select
        compound_id,
        valid_from,
        batch_seq
    from {{ source('landing', 'property_compound') }}
    group by compound_id, valid_from, batch_seq
    having count(distinct coalesce(mode, 'unknown')) > 1
),

final as (
    select
        version.compound_id,
        version.valid_from,
        version.compound_status,
        version.mode,
        version.households,
        version.committee,
        version.is_eligible,
        version.company_id,
        version.community_code,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution,
        doubled.compound_id is not null as has_two_modes
    from version
    left join doubled
        on
            version.compound_id = doubled.compound_id
            and version.valid_from = doubled.valid_from
            and version.batch_seq = doubled.batch_seq
    left join {{ ref('area') }} as street
        on left(version.community_code, 9) = street.area_code and street.level = 'street'
)

select * from final
