-- One row per hotline delivery the warehouse holds, and one per platform with the as-of it was built to. Written last.
-- depends_on: {{ ref('fct_kpi_value') }}
-- depends_on: {{ ref('int_hotline_pause') }}
-- depends_on: {{ ref('int_hotline_matter') }}
-- depends_on: {{ ref('fct_case_day') }}
-- depends_on: {{ ref('fct_backlog_age') }}
-- depends_on: {{ ref('fct_case_event') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out_asked('int_hotline_batch_new') }}"
) }}

with final as (
    select
        feed,
        batch_id,
        cast(null as varchar) as platform,
        cast(null as timestamp) as as_of,
        cast(null as timestamp) as first_at
    from {{ ref('int_hotline_batch_new') }}
    union all
    select
        cast(null as varchar) as feed,
        cast(null as varchar) as batch_id,
        platform,
        as_of,
        first_at
    from {{ ref('int_hotline_as_of') }}
)

select * from final
