-- One row per grid KPI, community or grid, and month in which something fell to it: no row means nothing did.
-- The lower two of the five levels: city, district, street, community, grid. A figure on a few cases stays a count.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out('month_start in (select touched.month_start from ' ~ ref('int_grid_due_month') ~ ' as touched)') }}"
) }}

with judged_event as (
    {{ judged_grid_event() }}
),

fact as (
    select *
    from judged_event
    where
        date_trunc('month', due_date) in (
            select touched.month_start from {{ ref('int_grid_due_month') }} as touched
        )
),

-- Both codes in one name: a second look at two million events would cost more than all the rest.
kpi_row as (
    {{ grid_kpi_rows('fact', row_id="coalesce(community_code, '') || '/' || coalesce(resolved_grid_code, '')") }}
),

cell as (
    select
        kpi_row.kpi_code,
        split_part(kpi_row.row_id, '/', 1) as community_code,
        split_part(kpi_row.row_id, '/', 2) as grid_code,
        cast(date_trunc('month', kpi_row.period_date) as date) as month_start,
        count(*) filter (where is_received) as received_count,
        count(*) filter (where is_received and excluded_reason is not null) as excluded_count,
        count(*) filter (where is_received and excluded_reason is null and is_immature) as immature_count,
        coalesce(sum(hit) filter (where excluded_reason is null and not is_immature), 0) as numerator,
        coalesce(sum(base) filter (where excluded_reason is null and not is_immature), 0) as denominator
    from kpi_row
    cross join (select any_value(as_of) as as_of from fact) as feed
    where kpi_row.in_month and kpi_row.period_date <= feed.as_of
    group by kpi_row.kpi_code, kpi_row.row_id, date_trunc('month', kpi_row.period_date)
),

counted as (
    {%- for level in ['community', 'grid'] %}
    select
        kpi_code,
        '{{ level }}' as area_level,
        {{ level }}_code as area_code,
        month_start,
        cast(sum(received_count) as bigint) as received_count,
        cast(sum(excluded_count) as bigint) as excluded_count,
        cast(sum(immature_count) as bigint) as immature_count,
        cast(sum(numerator) as decimal(18, 4)) as numerator,
        cast(sum(denominator) as decimal(18, 4)) as denominator
    from cell
    where {{ level }}_code <> ''
    group by all
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

judged as (
    select
        counted.*,
        {{ safe_ratio('counted.numerator', 'counted.denominator') }} as ratio,
        case
            when counted.denominator = 0 then 'no_base'
            when counted.denominator < dim_kpi.min_base then 'small_base'
            when counted.denominator < dim_kpi.min_cell_show then 'small_cell'
            else 'ok'
        end as status
    from counted
    inner join {{ ref('dim_kpi') }} as dim_kpi on counted.kpi_code = dim_kpi.kpi_code
),

final as (
    select
        kpi_code,
        area_level,
        area_code,
        month_start,
        received_count,
        excluded_count,
        immature_count,
        numerator,
        denominator,
        if(status = 'ok', ratio, null) as value, -- noqa: RF04
        status
    from judged
)

select * from final
