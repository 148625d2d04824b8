-- One row per reading of a room point, from files and messages: what the register knows of the point on that day, the
-- standard of the room, and why the reading may not be used, but for standing still. A view, because readings are many.
{{ config(materialized='view') }}

with {{ heating_reading() }},

final as (
    select * from reading
)

select * from final
