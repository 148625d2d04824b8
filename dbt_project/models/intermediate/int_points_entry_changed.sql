-- One row per entry of the points ledger of which a delivery brought something that the last build did not hold.
with final as (
    select distinct entry_no
    from {{ ref('stg_capacity_points_entry') }}
    where batch_id in (select batch.batch_id from {{ ref('int_grid_batch_new') }} as batch)
)

select * from final
