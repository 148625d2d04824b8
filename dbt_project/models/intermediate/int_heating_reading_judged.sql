-- One row per reading of a room point: why it may not be used, NULL when it is valid. A view: readings are many.
{{ config(materialized='view') }}

with {{ heating_reading() }},

{{ heating_judged('reading') }},

final as (
    select * from judged
)

select * from final
