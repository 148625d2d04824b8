-- One row per compound and span of days in which nothing about it changed.

with final as (
    select
        compound.compound_id,
        compound.valid_from,
        lead(compound.valid_from) over (partition by compound.compound_id order by compound.valid_from) - 1 as valid_to,
        compound.compound_status = 'in_use' as is_in_use,
        compound.mode,
        -- 弃管 is a word of the register, no way of managing; a mode that nobody recorded covers nothing either.
        coalesce(compound.mode in ('professional', 'basic', 'community', 'self'), false) as is_covered,
        compound.households,
        compound.committee,
        compound.is_eligible,
        compound.company_id,
        compound.community_code,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        compound.has_two_modes
    from {{ ref('stg_property_compound') }} as compound
    -- Where the register of communities has it; else where the community's code says that it lay when it was named.
    left join {{ ref('int_community_place') }} as place on compound.community_code = place.community_code
    left join {{ ref('dim_area') }} as area on coalesce(place.street_code, compound.area_code) = area.area_code
)

select * from final
