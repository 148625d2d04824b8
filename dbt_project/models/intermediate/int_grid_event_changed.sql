-- One row per grid event whose current version came with a delivery that the last finished build did not hold.
with final as (
    select event_no
    from {{ ref('stg_grid_event') }}
    where batch_id in (select batch.batch_id from {{ ref('int_grid_batch_new') }} as batch)
)

select * from final
