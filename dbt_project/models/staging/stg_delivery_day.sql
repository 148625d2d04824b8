-- One row per delivery that landed and business day it speaks of.
with final as (
    select
        feed,
        batch_id,
        business_date
    from {{ source('landing', 'delivery_day') }}
)

select * from final
