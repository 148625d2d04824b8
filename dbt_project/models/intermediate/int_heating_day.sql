-- One row per day of the calendar: its season and the heating policy in force on it, one column a rule.
{%- set policies = [
    'reading_min_c', 'reading_max_c', 'flat_line_hours', 'clock_minutes', 'frozen_clock_minutes', 'tolerance_c',
    'full_day_min_hours', 'episode_hours', 'episode_gap_minutes', 'gateway_min_points', 'check_cut_off_hour',
    'check_next_day_hour', 'degree_day_base_c', 'low_return_c'
] %}

with final as (
    select
        {%- for name in policies %}
        max(policy.value) filter (where policy.policy = '{{ name }}') as {{ name }},
        {%- endfor %}
        dim_date.date_day,
        dim_date.heating_season,
        dim_date.season_day_count
    from {{ ref('dim_date') }} as dim_date
    inner join {{ ref('heating_policy') }} as policy
        on
            dim_date.date_day >= policy.valid_from
            and dim_date.date_day <= coalesce(policy.valid_to, date '9999-12-31')
    group by dim_date.date_day, dim_date.heating_season, dim_date.season_day_count
)

select * from final
