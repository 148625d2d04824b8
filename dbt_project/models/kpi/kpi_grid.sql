-- One row per grid KPI, smallest known area, day and exclusion reason: what the events add to each figure.
with fact as (
    select
        event.*,
        dim_feed.feed,
        dim_feed.as_of,
        -- Due cohort: the form of 按期处置率 over 应处置数; an event without a deadline stands at its report.
        coalesce({{ due_date('event.due_at') }}, cast(event.reported_at as date)) as due_date
    from {{ ref('fct_grid_event') }} as event
    cross join {{ ref('dim_feed') }} as dim_feed
    where dim_feed.feed = 'grid_event'
),

final as (
    {{ contribution(
        'fact', "'grid.on_time_rate'", day='due_date',
        reason="case when status = 'rejected' then 'X01' when due_at is null then 'X06' end",
        immature='due_at > as_of', hit='cast(coalesce(handled_at <= due_at, false) as int)'
    ) }}
    union all by name
    select * from {{ ref('kpi_grid_load') }}
    union all by name
    select * from {{ ref('kpi_grid_integrity') }}
)

select * from final
