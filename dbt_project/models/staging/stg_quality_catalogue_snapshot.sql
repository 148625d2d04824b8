-- One row per department and month: its data catalogues as last reported.
with version as (
    {{ current_version('quality_catalogue_snapshot', key=['department_code', 'month_start'], version='updated_at') }}
),

final as (
    select
        department_code,
        department_name,
        -- A report that names a day of the month speaks of the month.
        cast(date_trunc('month', month_start) as date) as month_start,
        catalogue_count,
        record_count,
        query_count,
        updated_at
    from version
    -- Two days of one month are two keys of the source, but one month.
    qualify
        row_number() over (
            partition by department_code, date_trunc('month', month_start) order by updated_at desc, month_start desc
        ) = 1
)

select * from final
