-- One row per delivery of grid events that the last finished build did not hold: by batch, never by a high-water mark.
with final as (
    {{ new_batches('grid_event', 'int_grid_batch_taken') }}
)

select * from final
