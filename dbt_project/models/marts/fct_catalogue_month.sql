-- One row per department and month: its data catalogues, records and queries, and what came to them since the last.

with final as (
    select
        month_start,
        department_code,
        department_name,
        catalogue_count,
        record_count,
        query_count,
        -- Against the month before, not the report before: after a gap there is no growth of a month.
        catalogue_count - first_value(catalogue_count) over month_before as new_catalogue_count,
        record_count - first_value(record_count) over month_before as new_record_count,
        updated_at
    from {{ ref('stg_quality_catalogue_snapshot') }}
    window month_before as (
        partition by department_code order by month_start
        range between interval 1 month preceding and interval 1 month preceding
    )
)

select * from final
