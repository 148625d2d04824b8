-- One row per measure of the programme and span of days in which nothing about it changed.

with final as (
    select
        measure_no,
        valid_from,
        lead(valid_from) over (partition by measure_no order by valid_from) - 1 as valid_to,
        task_no,
        lead_department,
        planned_date,
        measure_status,
        measure_status = 'done' as is_done,
        evidence_no
    from {{ ref('stg_capacity_programme_measure') }}
)

select * from final
