-- One row per figure of a closed month that an earlier release changed, as the release before this one tells it.
with final as (
    select
        kpi_code,
        period_start,
        method_version,
        previous_release_id,
        previous_as_of,
        as_of,
        previous_numerator,
        previous_denominator,
        previous_value,
        numerator,
        denominator,
        value -- noqa: RF04
    from {{ source('landing', 'restatement') }}
)

select * from final
