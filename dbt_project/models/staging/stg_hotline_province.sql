-- One row per case of the provincial direct line for heating: its current version, with the area it names resolved.
with version as (
    {{ current_version('hotline_province', key=['case_no']) }}
),

resolved as (
    {{ resolve_area('version') }}
),

final as (
    select
        case_no,
        city_case_no,
        enterprise_name,
        caller_token,
        area_code,
        area_resolution,
        received_at,
        due_at,
        replied_at
    from resolved
)

select * from final
