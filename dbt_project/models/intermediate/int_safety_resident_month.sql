-- One row per area and month: residents of its communities at the month's end; NULL unless each of them is known.
{%- set levels = ['district', 'region'] %}
with community as (
    select
        month.month_start,
        community.district_code,
        community.region_code,
        community.resident_population
    from {{ ref('int_month_end') }} as month
    inner join {{ ref('dim_community') }} as community
        on
            month.day_date >= community.valid_from
            and month.day_date <= coalesce(community.valid_to, date '9999-12-31')
    where community.is_in_use
),

final as (
    select
        {{ area_level_of(levels) }} as area_level,
        {{ area_code_of(levels) }} as area_code,
        month_start,
        if(count(resident_population) = count(*), cast(sum(resident_population) as bigint), null) as residents
    from community
    group by {{ by_area_levels(['month_start'], levels) }}
    having {{ known_area(levels) }}
)

select * from final
