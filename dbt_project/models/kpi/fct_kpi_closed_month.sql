-- One row per KPI and closed month of the city: its figure in the release before, and now: restatements.
with final as (
    select
        released.kpi_code,
        released.period_start,
        released.method_version,
        released.release_id as previous_release_id,
        released.as_of as previous_as_of,
        figure.as_of,
        released.numerator as previous_numerator,
        released.denominator as previous_denominator,
        released.value as previous_value,
        figure.numerator,
        figure.denominator,
        figure.value
    from {{ ref('stg_released_month') }} as released
    inner join {{ ref('fct_kpi_value') }} as figure
        on
            released.kpi_code = figure.kpi_code
            and released.period_start = figure.period_start
            and released.method_version = figure.method_version
    where
        -- Closed for more than 90 days when it was published.
        released.period_end + 90 < cast(released.as_of as date)
        and released.value is not null
        and figure.area_level = 'city'
        and figure.period_grain = 'month'
)

select * from final
