-- One row per room point and cold episode: valid readings below the standard without a break for two hours or more.
-- The proven span, from the first cold reading to the last; what is missing is neither cold nor warm.
-- A point is somebody's room: not published; fct_heating_cold_day sums it.

with stepped as (
    select
        run.*,
        day.episode_hours,
        not coalesce(
            run.is_first_of_day
            and lag(run.is_last_of_day) over point
            and run.since_at - lag(run.until_at) over point <= to_minutes(cast(day.episode_gap_minutes as int)),
            false
        ) as begins
    from {{ ref('int_heating_cold_run') }} as run
    inner join {{ ref('int_heating_day') }} as day on run.measured_date = day.date_day
    window point as (partition by run.point_id order by run.since_at)
),

chained as (
    select
        *,
        count(*) filter (where begins) over (partition by point_id order by since_at) as episode_no
    from stepped
),

final as (
    select
        point_id,
        min(since_at) as started_at,
        max(until_at) as ended_at,
        {{ safe_ratio('date_diff(\'second\', min(since_at), max(until_at))', '3600') }} as duration_hours,
        cast(sum(reading_count) as bigint) as reading_count,
        min(min_c) as min_c,
        arg_min(street_code, since_at) as street_code,
        arg_min(enterprise_name, since_at) as enterprise_name
    from chained
    group by point_id, episode_no
    having ended_at - started_at >= to_hours(cast(arg_min(episode_hours, since_at) as int))
)

select * from final
