-- One row per month whose KPIs of communities and grids are counted anew: an event fell due in it, or did before it
-- changed, or its events were still waiting at the last as-of. Asked before the events themselves are replaced.
-- Or somebody asked for a day of it.
-- depends_on: {{ ref('int_grid_event_unplaced') }}
-- depends_on: {{ ref('stg_recompute_day') }}
{%- set before = left_by_last_build('marts', 'fct_grid_event') %}
{%- set known = left_by_last_build('marts', 'dim_feed') %}

with event as (
    select
        due_at,
        reported_at
    from {{ ref('stg_grid_event') }}
    {%- if before and known %}
    where event_no in (select anew.event_no from {{ ref('int_grid_event_unplaced') }} as anew)
    union all
    select
        due_at,
        reported_at
    from {{ before }}
    where event_no in (select anew.event_no from {{ ref('int_grid_event_unplaced') }} as anew)
    union all
    select
        due_at,
        reported_at
    from {{ before }}
    where
        due_at >= (
            select date_trunc('month', known_feed.as_of)
            from {{ known }} as known_feed
            where known_feed.feed = 'grid_event'
        )
    union all
    select
        cast(null as timestamp) as due_at,
        cast(business_date as timestamp) as reported_at
    from {{ ref('stg_recompute_day') }}
    where feed = 'grid_event'
    {%- endif %}
),

final as (
    select distinct
        cast(date_trunc('month', coalesce({{ due_date('due_at') }}, cast(reported_at as date))) as date) as month_start
    from event
)

select * from final
