-- One row per hotline delivery that the last finished build did not hold: by batch, never by a high-water mark.
with final as (
    {{ new_batches('hotline%', 'int_hotline_batch_taken') }}
)

select * from final
