-- One row per version of a city work order as its state exports delivered it, with the area it names resolved.
{{ config(materialized='view') }}

with version as (
    select * from {{ source('landing', 'hotline_city') }}
),

resolved as (
    {{ resolve_area('version') }}
),

final as (
    select
        'city/' || case_no as case_id,
        case_no,
        channel,
        request_type,
        category_name,
        subcategory_name,
        urgency,
        is_confidential,
        caller_token,
        is_anonymous,
        place_token,
        content_fingerprint,
        area_code,
        area_resolution,
        unit_name,
        status,
        received_at,
        dispatched_at,
        due_at,
        finished_at,
        callback_at,
        is_solved,
        grade,
        updated_at,
        batch_id,
        batch_seq,
        row_no
    from resolved
)

select * from final
