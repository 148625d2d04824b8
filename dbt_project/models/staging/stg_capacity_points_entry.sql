-- One row per line of the points ledger, placed by the street its community's code begins with.
-- Of the lines that new deliveries bring again, the row that stands is one more version beside theirs; what a delivery
-- that is taken once more has brought does not stand.
-- depends_on: {{ ref('stg_delivery') }}
-- depends_on: {{ ref('stg_recompute_day') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['entry_no', 'line_no'],
    pre_hook="{{ take_out_brought_by_asked('capacity_points_entry') }}"
) }}

with arrived as (
    select *
    from {{ source('landing', 'capacity_points_entry') }}
    {%- if is_incremental() %}
    where
        batch_id in (
            select fresh.batch_id
            from ({{ new_batches('capacity_points_entry', 'int_grid_batch_taken') }}) as fresh
        )
    {%- endif %}
),

version as (
    select * from arrived
    {%- if is_incremental() %}
    union all by name
    select * exclude (area_code, area_resolution)
    from {{ this }}
    where entry_no in (select arrived.entry_no from arrived)
    {%- endif %}
),

current_version as (
    select *
    from version
    qualify row_number() over (partition by entry_no, line_no order by batch_seq desc, row_no desc) = 1
),

final as (
    select
        line.entry_no,
        line.line_no,
        line.booked_at,
        line.account_kind,
        line.account_token,
        line.community_code,
        line.side,
        line.points,
        line.reason,
        line.event_no,
        line.rater_token,
        line.batch_id,
        line.batch_seq,
        line.row_no,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from current_version as line
    left join {{ ref('area') }} as street on left(line.community_code, 9) = street.area_code and street.level = 'street'
)

select * from final
