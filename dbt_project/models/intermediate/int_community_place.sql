-- One row per community that its register knows: where it lies today, for all years.
with final as (
    select
        community_code,
        any_value(street_code) as street_code
    from {{ ref('dim_community') }}
    group by community_code
)

select * from final
