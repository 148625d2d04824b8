-- One row per month and community in force at its reading day: what the denominators of capacity are counted from.
-- A community that was split is out of force, its successors are in: each resident stands once.
with final as (
    select
        month_end.month_start,
        community.community_code,
        community.households,
        community.resident_population,
        community.street_code,
        community.district_code,
        community.region_code
    from {{ ref('int_month_end') }} as month_end
    inner join {{ ref('dim_community') }} as community
        on
            month_end.day_date >= community.valid_from
            and month_end.day_date <= coalesce(community.valid_to, date '9999-12-31')
    where community.is_in_use
)

select * from final
