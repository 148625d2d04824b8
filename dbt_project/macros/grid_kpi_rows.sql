{# Grid events with what is asked of them for a KPI. #}
{% macro judged_grid_event() -%}
    select
        event.*,
        dim_feed.feed,
        dim_feed.as_of,
        -- Due cohort: the form of 按期处置率 over 应处置数; an event without a deadline stands at its report.
        coalesce({{ due_date('event.due_at') }}, cast(event.reported_at as date)) as due_date
    from {{ ref('fct_grid_event') }} as event
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'grid_event'
{%- endmacro %}

{# The grid's KPIs, event by event: one place for the figures of the city and for those of communities and grids.
   `relation` has the columns of `judged_grid_event`; `row_id` is what a row is to be told by. #}
{% macro grid_kpi_rows(relation, row_id='event_no') -%}
    {{ kpi_row(
        relation, "'grid.on_time_rate'", day='due_date',
        reason="case when status = 'rejected' then 'X01' when due_at is null then 'X06' end",
        immature='due_at > as_of', hit='cast(coalesce(handled_at <= due_at, false) as int)', row_id=row_id
    ) }}
{%- endmacro %}
