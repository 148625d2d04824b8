-- One row per grid KPI, community or grid, and month in which something fell to it: no row means nothing did.
-- The lower two of the five levels: city, district, street, community, grid. A figure on a few cases stays a count.
{{ config(meta={'public': true}) }}
{%- set levels = {'community': 'community_code', 'grid': 'resolved_grid_code'} %}

with fact as (
    {{ judged_grid_event() }}
),

kpi_row as (
    {{ grid_kpi_rows('fact') }}
),

placed as (
    select
        kpi_row.* exclude (row_id),
        fact.community_code,
        fact.resolved_grid_code
    from kpi_row
    inner join fact on kpi_row.row_id = fact.event_no
    where kpi_row.in_month and kpi_row.period_date <= fact.as_of
),

counted as (
    {%- for level, column in levels.items() %}
    select
        kpi_code,
        '{{ level }}' as area_level,
        {{ column }} as area_code,
        cast(date_trunc('month', period_date) as date) as month_start,
        count(*) filter (where is_received) as received_count,
        count(*) filter (where is_received and excluded_reason is not null) as excluded_count,
        count(*) filter (where is_received and excluded_reason is null and is_immature) as immature_count,
        cast(coalesce(sum(hit) filter (where excluded_reason is null and not is_immature), 0) as decimal(18, 4))
            as numerator,
        cast(coalesce(sum(base) filter (where excluded_reason is null and not is_immature), 0) as decimal(18, 4))
            as denominator
    from placed
    where {{ column }} is not null
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
