-- One row per lifecycle event of the provincial direct line as delivered; a corrected event stands there twice.
{{ config(materialized='view') }}

with final as (
    select
        'province/' || case_no as case_id,
        event_no,
        case_no,
        event_type,
        occurred_at,
        unit_name as unit_code,
        unit_name,
        due_at,
        is_solved,
        grade,
        batch_id,
        batch_seq,
        row_no
    from {{ source('landing', 'hotline_province_event') }}
)

select * from final
