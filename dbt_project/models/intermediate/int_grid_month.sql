-- One row per grid and month with an event, as the events name it: how many there are, and how many are flagged.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out_touched_grid_months() }}"
) }}

with final as (
    select
        grid_code,
        month_start,
        any_value(street_code) as street_code,
        any_value(district_code) as district_code,
        any_value(region_code) as region_code,
        count(*) as event_count,
        count(*) filter (where is_near_duplicate) as near_duplicate_count,
        count(*) filter (where is_instant_close) as instant_close_count,
        count(*) filter (where is_month_end_rush) as month_end_rush_count,
        count(*) filter (where is_flagged) as flagged_count
    from {{ ref('int_grid_event_flagged') }}
    {%- if is_incremental() %}
    where {{ in_touched_grid_month() }}
    {%- endif %}
    group by grid_code, month_start
)

select * from final
