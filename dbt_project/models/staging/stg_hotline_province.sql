-- One row per version of a case of the provincial direct line, with the area it names resolved.
{{ config(materialized='view') }}

with version as (
    select * from {{ source('landing', 'hotline_province') }}
),

resolved as (
    {{ resolve_area('version') }}
),

final as (
    select
        'province/' || case_no as case_id,
        case_no,
        city_case_no,
        enterprise_name,
        caller_token,
        area_code,
        area_resolution,
        received_at,
        due_at,
        replied_at,
        batch_id,
        batch_seq,
        row_no
    from resolved
)

select * from final
