-- One row per acknowledged delivery that landed: what it brought, what was set aside, and the days it speaks of.
with final as (
    select
        feed,
        batch_id,
        batch_seq,
        recorded_at,
        received as received_count,
        landed as landed_count,
        quarantined as quarantined_count,
        duplicates as duplicate_count,
        -- A delivery set aside as a whole names no day of its own.
        coalesce(first_business_date, cast(recorded_at as date)) as first_date,
        coalesce(last_business_date, cast(recorded_at as date)) as last_date
    from {{ source('landing', 'delivery') }}
    where status = 'landed'
)

select * from final
