-- One row per day and smallest known area: cases of the city platform open at its end, and those past their deadline.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out('date_day >= (select b.from_date from ' ~ ref('int_hotline_backlog_from') ~ ' as b)') }}"
) }}

with final as (
    select
        date_day,
        street_code,
        district_code,
        region_code,
        count(*) as open_count,
        count(*) filter (where is_overdue) as overdue_count
    from {{ ref('int_hotline_backlog_day') }}
    group by date_day, street_code, district_code, region_code
)

select * from final
