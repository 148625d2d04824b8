-- One row per measure of the programme and day of change: the register with its history.
with version as (
    {{ current_version('capacity_programme_measure', key=['measure_no', 'valid_from']) }}
),

final as (
    select
        measure_no,
        valid_from,
        task_no,
        lead_department,
        planned_date,
        measure_status,
        evidence_no
    from version
)

select * from final
