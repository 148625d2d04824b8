-- One row per city case: its matter and the earlier case it repeats. Holds tokens, so it never leaves the warehouse.
-- depends_on: {{ ref('int_hotline_matter_different') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out('case_id in (select c.case_id from ' ~ ref('int_hotline_matter_changed') ~ ' as c)') }}"
) }}

with final as (
    select * from {{ ref('int_hotline_matter_changed') }}
)

select * from final
