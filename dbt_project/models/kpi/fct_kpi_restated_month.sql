-- One row per figure of a closed month that a release changed, for good. Published as meta.restatement.
-- The rows of earlier releases come with the release before; a chain that begins anew begins without them.
{{ config(schema='meta', alias='restatement') }}

with moved as (
    select * from {{ ref('fct_kpi_closed_month') }}
    where value is distinct from previous_value
),

final as (
    select * from {{ ref('stg_restatement') }}
    union all by name
    select * from moved
)

select * from final
