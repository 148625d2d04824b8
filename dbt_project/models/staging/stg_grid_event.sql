-- One row per grid event: its current version, placed by the street its grid code begins with.
-- Of the events that new deliveries speak of, the row that stands is one more version beside theirs; what a delivery
-- that is taken once more has brought does not stand.
-- depends_on: {{ ref('stg_delivery') }}
-- depends_on: {{ ref('stg_recompute_day') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='event_no',
    pre_hook="{{ take_out_brought_by_asked('grid_event') }}"
) }}
{%- set known = left_by_last_build('staging', 'stg_grid_event') %}

with arrived as (
    select *
    from {{ source('landing', 'grid_event') }}
    {%- if known %}
    where
        batch_id in (
            select fresh.batch_id
            from ({{ new_batches('grid_event', 'int_grid_batch_taken') }}) as fresh
        )
    {%- endif %}
),

version as (
    select * from arrived
    {%- if known %}
    union all by name
    select * exclude (area_code, area_resolution)
    from {{ known }}
    where event_no in (select arrived.event_no from arrived)
    {%- endif %}
),

current_version as (
    select *
    from version
    qualify row_number() over (partition by event_no order by updated_at desc, batch_seq desc, row_no desc) = 1
),

final as (
    select
        event.event_no,
        event.grid_code,
        event.item_code,
        event.severity,
        event.reporter_token,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution,
        event.status,
        event.is_self_handled,
        event.reported_at,
        event.due_at,
        event.handled_at,
        event.closed_at,
        event.updated_at,
        event.lon,
        event.lat,
        event.crs,
        event.photo_count,
        event.photo_hash,
        event.batch_id,
        event.batch_seq,
        event.row_no
    from current_version as event
    -- The first six digits are no fallback: a functional zone governs streets of several districts.
    left join {{ ref('area') }} as street on left(event.grid_code, 9) = street.area_code and street.level = 'street'
)

select * from final
