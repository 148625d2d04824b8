-- One row per community and span of days in which nothing about it changed.

with placed as (
    select
        register.*,
        -- Today's street for all years, as in dim_area: a series compares like with like.
        last_value(coalesce(register.area_code, street.area_code) ignore nulls) over (
            partition by register.community_code order by register.valid_from
            rows between unbounded preceding and unbounded following
        ) as street_code
    from {{ ref('stg_capacity_community') }} as register
    -- A street that nobody knows: the first nine digits of the community's own code say where it lay when it was named.
    left join {{ ref('dim_area') }} as street
        on left(register.community_code, 9) = street.area_code and street.level = 'street'
),

final as (
    select
        placed.community_code,
        placed.valid_from,
        lead(placed.valid_from) over (partition by placed.community_code order by placed.valid_from) - 1 as valid_to,
        placed.community_status = 'in_use' as is_in_use,
        placed.community_name as name_zh,
        placed.street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        placed.households,
        placed.resident_population,
        lineage.lineage_code
    from placed
    inner join {{ ref('int_community_lineage') }} as lineage on placed.community_code = lineage.community_code
    left join {{ ref('dim_area') }} as area on placed.street_code = area.area_code
)

select * from final
