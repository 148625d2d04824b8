-- One row per hour of the city hotline's call statistics: the last delivery speaks.
with version as (
    {{ current_version('hotline_call', key=['hour_at']) }}
),

final as (
    select
        hour_at,
        offered_count,
        answered_count,
        answered_15s_count,
        abandoned_count,
        batch_id
    from version
)

select * from final
