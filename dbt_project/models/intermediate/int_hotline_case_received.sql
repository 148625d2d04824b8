-- One row per case received on either hotline platform: both in one shape, kept apart by platform, never added up.
with city as (
    select
        'city' as platform,
        'hotline_city' as feed,
        case_no,
        channel,
        request_type,
        category_name,
        unit_name,
        is_anonymous,
        area_code,
        area_resolution,
        status,
        received_at,
        dispatched_at,
        due_at,
        -- A direct answer ends the case in the call itself; updated_at is never a closing time.
        case when status = 'answered' then coalesce(finished_at, received_at) else finished_at end as finished_at,
        callback_at,
        is_solved,
        grade,
        updated_at
    from {{ ref('stg_hotline_city') }}
),

province as (
    select
        'province' as platform,
        'hotline_province' as feed,
        case_no,
        'direct_line' as channel,
        enterprise_name as unit_name,
        area_code,
        area_resolution,
        received_at,
        due_at,
        -- The company's reply is no finished case: this platform knows no closure.
        replied_at
    from {{ ref('stg_hotline_province') }}
),

final as (
    select * from city
    union all by name
    select * from province
)

select * from final
