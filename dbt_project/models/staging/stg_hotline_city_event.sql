-- One row per lifecycle event of the city hotline as delivered; a corrected event stands there twice.
{{ config(materialized='view') }}

with final as (
    select
        'city/' || case_no as case_id,
        event_no,
        case_no,
        event_type,
        occurred_at,
        -- The name stands in for a code the source leaves empty.
        coalesce(unit_code, unit_name) as unit_code,
        unit_name,
        unit_level,
        unit_role,
        due_at,
        extension_days,
        is_connected,
        is_contacted,
        is_solved,
        is_truthful,
        grade,
        'city/' || related_case_no as related_case_id,
        reason_code,
        batch_id,
        batch_seq,
        row_no
    from {{ source('landing', 'hotline_city_event') }}
)

select * from final
