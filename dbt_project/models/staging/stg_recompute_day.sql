-- One row per delivery and business day it speaks of that somebody asked to have computed anew, since the last build.
{{ config(materialized='view') }}

with final as (
    select distinct
        delivered.feed,
        delivered.batch_id,
        delivered.business_date
    from {{ ref('stg_delivery_day') }} as delivered
    inner join {{ source('landing', 'recompute') }} as asked
        on
            delivered.feed = asked.feed
            and delivered.business_date between asked.first_date and asked.last_date
)

select * from final
