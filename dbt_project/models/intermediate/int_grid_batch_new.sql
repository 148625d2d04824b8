-- One row per delivery of the grid, the register of communities or the points ledger that the last finished build did
-- not hold: by batch, never by a high-water mark.
with final as (
    {{ new_batches('grid%', 'int_grid_batch_taken') }}
    union all
    {{ new_batches('capacity_community', 'int_grid_batch_taken') }}
    union all
    {{ new_batches('capacity_points_entry', 'int_grid_batch_taken') }}
)

select * from final
