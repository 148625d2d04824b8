-- One row per heating delivery that the last finished build did not hold: by batch, never by a high-water mark.
with final as (
    {{ new_batches('heating%', 'int_heating_batch_taken') }}
)

select * from final
