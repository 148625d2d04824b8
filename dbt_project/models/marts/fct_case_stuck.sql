-- One row per round of a city case that is stuck: past its deadline or marked hard, and open or so until 45 days ago.
-- What the weekly meeting goes through one by one. No case number and no hour: the unit finds it by day and category.

with as_of as (
    select as_of
    from {{ ref('int_hotline_as_of') }}
    where platform = 'city'
),

late as (
    select
        cycle.case_id,
        cycle.cycle_no,
        cycle.opened_at,
        case_row.received_at,
        least(cycle.finished_at, case_row.taken_out_at) as left_at,
        if(
            clock.due_at < least(cycle.finished_at, case_row.taken_out_at, as_of.as_of), clock.due_at, null
        ) as overdue_at,
        clock.due_at,
        case_row.category_name,
        case_row.subcategory_name,
        case_row.unit_name,
        if(case_row.is_confidential, null, case_row.street_code) as street_code,
        case_row.region_code,
        case_row.is_supervised,
        case_row.is_hard,
        case_row.return_count,
        case_row.extension_count
    from {{ ref('int_hotline_cycle') }} as cycle
    cross join as_of
    inner join {{ ref('fct_case') }} as case_row on cycle.case_id = case_row.case_id
    left join {{ ref('fct_sla_clock') }} as clock
        on cycle.case_id = clock.case_id and cycle.cycle_no = clock.cycle_no and clock.scope = 'case'
    where
        cycle.platform = 'city'
        and coalesce(least(cycle.finished_at, case_row.taken_out_at), as_of.as_of)
        >= as_of.as_of - interval 45 day
),

hard as (
    select
        case_id,
        min(occurred_at) as hard_at
    from {{ ref('fct_case_event') }}
    where event_type = 'marked_hard'
    group by case_id
),

stuck as (
    select
        late.*,
        hard.hard_at
    from late
    left join hard on late.case_id = hard.case_id
    where late.overdue_at is not null or hard.hard_at is not null
),

final as (
    select
        cast(received_at as date) as received_date,
        row_number() over (partition by cast(received_at as date) order by received_at, case_id, cycle_no) as row_no,
        category_name,
        subcategory_name,
        unit_name,
        street_code,
        region_code,
        cycle_no,
        cast(opened_at as date) as opened_date,
        -- 00:00:00 means 24:00 of the day before; it is late from the day after.
        {{ due_date('due_at') }} as due_date,
        cast(overdue_at as date) as overdue_from,
        cast(hard_at as date) as hard_from,
        -- Gone at 24:00 sharp is gone on that day.
        {{ due_date('left_at') }} as left_date,
        is_supervised,
        return_count,
        extension_count
    from stuck
)

select * from final
