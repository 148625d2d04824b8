-- One row per class of incidents, area and month: counts as last published, and from how many streets they come.
-- By district and region, never by street; classes are not added, for a homicide is a criminal case too.
{%- set levels = ['district', 'region'] %}

with final as (
    select
        incident_class,
        {{ area_level_of(levels) }} as area_level,
        {{ area_code_of(levels) }} as area_code,
        month as month_start,
        max(published_at) as published_at,
        cast(sum(incident_count) as bigint) as incident_count,
        count(*) as reporting_street_count,
        count(*) filter (where is_paired) as paired_street_count,
        cast(coalesce(sum(incident_count) filter (where is_paired), 0) as bigint) as paired_count,
        cast(coalesce(sum(base_count), 0) as bigint) as base_count
    from {{ ref('int_safety_street_month') }}
    group by {{ by_area_levels(['incident_class', 'month'], levels) }}
    having {{ known_area(levels) }}
)

select * from final
