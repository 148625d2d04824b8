-- One row per KPI and month as the city's figure stood in the release before this one.
with final as (
    select
        release_id,
        kpi_code,
        period_start,
        period_end,
        as_of,
        numerator,
        denominator,
        value, -- noqa: RF04
        method_version
    from {{ source('landing', 'released_month') }}
)

select * from final
