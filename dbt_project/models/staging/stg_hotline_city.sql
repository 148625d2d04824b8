-- One row per work order of the city hotline: its current version, with the area it names resolved.
with version as (
    {{ current_version('hotline_city', key=['case_no'], version='updated_at') }}
),

resolved as (
    {{ resolve_area('version') }}
),

final as (
    select
        case_no,
        channel,
        request_type,
        category_name,
        caller_token,
        is_anonymous,
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
        updated_at
    from resolved
)

select * from final
