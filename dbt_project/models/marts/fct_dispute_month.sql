-- One row per feed, kind of dispute, area and month: both readings of "found and resolved", with their working.
-- Kinds are told apart by district and region only: a table of family disputes by street would point at homes.
{%- set levels = ['district', 'region', 'street'] %}

with dispute as (
    select
        dispute.*,
        dim_feed.as_of,
        -- Out of the screening's hands: agreed, failed, in court or taken back.
        if(dispute.is_agreed, coalesce(dispute.resolved_at, dispute.closed_at), dispute.closed_at) as left_at
    from {{ ref('fct_dispute') }} as dispute
    inner join {{ ref('dim_feed') }} as dim_feed on dispute.feed = dim_feed.feed
    where not dispute.has_time_flaw
),

placed as (
    select
        dispute.*,
        month.month_start,
        dispute.reported_at >= month.month_start as is_found,
        coalesce(
            dispute.resolved_at >= month.month_start and dispute.resolved_at < month.month_start + interval 1 month,
            false
        ) as is_resolved_in_month
    from dispute
    inner join {{ ref('int_month_end') }} as month
        on
            dispute.reported_at < month.month_start + interval 1 month
            and coalesce(dispute.left_at, timestamp '9999-12-31') >= month.month_start
    where month.month_start <= dispute.as_of
),

kind as (
    select
        *,
        'all' as kind
    from placed
    union all
    select
        *,
        dispute_type as kind
    from placed
),

rolled as (
    select
        feed,
        kind as dispute_type,
        {{ area_level_of(levels) }} as area_level,
        {{ area_code_of(levels) }} as area_code,
        month_start,
        any_value(as_of) as as_of,
        count(*) filter (where is_found) as found_count,
        count(*) filter (where is_found and is_agreed) as found_resolved_count,
        count(*) filter (where is_found and closed_at is not null) as found_closed_count,
        count(*) filter (where not is_found) as open_at_start_count,
        count(*) filter (where is_resolved_in_month) as resolved_in_month_count
    from kind
    group by {{ by_area_levels(['feed', 'kind', 'month_start'], levels) }}
    having {{ known_area(levels) }}
),

final as (
    select
        *,
        if(found_count >= 30, {{ safe_ratio('found_resolved_count', 'found_count') }}, null) as resolution_rate,
        if(
            open_at_start_count + found_count >= 30,
            {{ safe_ratio('resolved_in_month_count', 'open_at_start_count + found_count') }},
            null
        ) as resolution_rate_of_all_open
    from rolled
    where area_level <> 'street' or dispute_type = 'all'
)

select * from final
