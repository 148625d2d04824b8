-- One row per hotline case of either platform: area and satisfaction weight resolved, no token, no personal data.
with final as (
    select
        received.platform,
        received.feed,
        received.case_no,
        received.channel,
        received.request_type,
        received.category_name,
        received.unit_name,
        received.is_anonymous,
        if(received.area_resolution = 'street', received.area_code, null) as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        received.area_resolution,
        received.status,
        received.received_at,
        received.dispatched_at,
        received.due_at,
        received.finished_at,
        received.replied_at,
        received.callback_at,
        received.is_solved,
        received.grade,
        weight.weight as satisfaction_weight,
        received.updated_at
    from {{ ref('int_hotline_case_received') }} as received
    left join {{ ref('dim_area') }} as area on received.area_code = area.area_code
    left join {{ ref('satisfaction_weight') }} as weight
        on
            received.grade = weight.grade
            and cast(coalesce(received.callback_at, received.finished_at) as date) >= weight.valid_from
            and cast(coalesce(received.callback_at, received.finished_at) as date)
            <= coalesce(weight.valid_to, date '9999-12-31')
)

select * from final
