-- One row per room point and day: what its readings are worth. A view over the two tables that hold it.
{{ config(materialized='view') }}

with final as (
    select first_count.*
    from {{ ref('int_heating_point_day_first') }} as first_count
    anti join {{ ref('int_heating_point_day_again') }} as again
        on first_count.point_id = again.point_id and first_count.measured_date = again.measured_date
    union all by name
    select * from {{ ref('int_heating_point_day_again') }}
)

select * from final
