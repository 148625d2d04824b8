-- One row per livelihood item: when it was listed, solved, confirmed by residents or withdrawn.

with dated as (
    select
        *,
        -- The state speaks: an item taken up again is open, whatever day of solution it still carries. A solution
        -- without a day counts from the day on which it was reported.
        if(
            item_status in ('solved', 'confirmed'),
            coalesce(solved_date, confirmed_date, cast(updated_at as date)),
            null
        ) as solved_on,
        if(item_status = 'confirmed', coalesce(confirmed_date, cast(updated_at as date)), null) as confirmed_on,
        if(item_status = 'withdrawn', cast(updated_at as date), null) as withdrawn_on
    from {{ ref('stg_capacity_livelihood_item') }}
),

final as (
    select
        dated.item_no,
        dated.item_kind,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        dated.area_resolution,
        dated.community_code,
        dated.lead_unit,
        dated.listed_date,
        dated.promised_date,
        dated.started_date,
        dated.solved_on as solved_date,
        dated.confirmed_on as confirmed_date,
        dated.withdrawn_on as withdrawn_date,
        dated.item_status,
        coalesce(dated.solved_on < dated.listed_date, false) as has_time_flaw,
        dated.updated_at
    from dated
    left join {{ ref('dim_area') }} as area on dated.area_code = area.area_code
)

select * from final
