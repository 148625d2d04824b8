-- One row per matter of at least five voices and ISO week in which somebody spoke of it or a case of it was open: the
-- matters that keep coming back. Fewer voices could be told apart, so they are not published; no case number is either.

with as_of as (
    select as_of
    from {{ ref('int_hotline_as_of') }}
    where platform = 'city'
),

heard as (
    select
        matter_id,
        first_received_at,
        row_number() over (partition by cast(first_received_at as date) order by first_received_at, matter_id)
            as matter_no
    from {{ ref('fct_matter') }}
    where voice_count >= 5
),

case_of_matter as (
    select
        heard.matter_id,
        case_row.case_id,
        case_row.received_at,
        case_row.category_name,
        case_row.subcategory_name,
        case_row.unit_name,
        if(case_row.is_confidential, null, case_row.street_code) as street_code,
        case_row.region_code,
        case_row.taken_out_at,
        matter.is_repeat,
        -- Who did not speak of this matter before; of a caller nobody knows it cannot be said.
        matter.caller_token is not null
        and row_number() over (
            partition by heard.matter_id, matter.caller_token order by case_row.received_at, case_row.case_id
        ) = 1 as is_new_voice
    from heard
    inner join {{ ref('int_hotline_matter_followed') }} as followed on heard.matter_id = followed.matter_id
    inner join {{ ref('fct_case') }} as case_row on followed.case_id = case_row.case_id
    inner join {{ ref('int_hotline_matter') }} as matter on followed.case_id = matter.case_id
),

-- What and where, by its first case; who handles it, by its last.
described as (
    select
        matter_id,
        min(received_at) as first_at,
        arg_min(category_name, row(received_at, case_id)) as category_name,
        arg_min(subcategory_name, row(received_at, case_id)) as subcategory_name,
        arg_min(street_code, row(received_at, case_id)) as street_code,
        arg_min(region_code, row(received_at, case_id)) as region_code,
        arg_max(unit_name, row(received_at, case_id)) as unit_name
    from case_of_matter
    group by matter_id
),

week as (
    select
        described.matter_id,
        cast(unnest(generate_series(
            date_trunc('week', described.first_at), date_trunc('week', as_of.as_of), interval 7 day
        )) as date) as week_start
    from described
    cross join as_of
),

-- Open as in int_hotline_backlog_day: midnight sharp ends the week, and the running one ends at the as-of.
open_case as (
    select
        week.matter_id,
        week.week_start,
        count(distinct case_of_matter.case_id) as open_count
    from week
    cross join as_of
    inner join case_of_matter on week.matter_id = case_of_matter.matter_id
    inner join {{ ref('int_hotline_cycle') }} as cycle on case_of_matter.case_id = cycle.case_id
    where
        cycle.opened_at < least(cast(week.week_start + 7 as timestamp), as_of.as_of)
        and coalesce(least(cycle.finished_at, case_of_matter.taken_out_at), timestamp '9999-12-31')
        > least(cast(week.week_start + 7 as timestamp), as_of.as_of)
    group by week.matter_id, week.week_start
),

spoken as (
    select
        matter_id,
        cast(date_trunc('week', received_at) as date) as week_start,
        count(*) as case_count,
        count(*) filter (where is_new_voice) as voice_count,
        count(*) filter (where is_repeat) as repeat_count
    from case_of_matter
    group by all
),

summed as (
    select
        week.matter_id,
        week.week_start,
        coalesce(spoken.case_count, 0) as case_count,
        coalesce(spoken.repeat_count, 0) as repeat_count,
        coalesce(open_case.open_count, 0) as open_count,
        cast(sum(coalesce(spoken.case_count, 0)) over so_far as bigint) as total_case_count,
        cast(sum(coalesce(spoken.voice_count, 0)) over so_far as bigint) as total_voice_count
    from week
    left join spoken on week.matter_id = spoken.matter_id and week.week_start = spoken.week_start
    left join open_case on week.matter_id = open_case.matter_id and week.week_start = open_case.week_start
    window so_far as (partition by week.matter_id order by week.week_start)
),

final as (
    select
        summed.week_start,
        cast(heard.first_received_at as date) as first_received_date,
        heard.matter_no,
        described.category_name,
        described.subcategory_name,
        described.street_code,
        described.region_code,
        described.unit_name,
        summed.case_count,
        summed.repeat_count,
        summed.open_count,
        summed.total_case_count,
        summed.total_voice_count
    from summed
    inner join heard on summed.matter_id = heard.matter_id
    inner join described on summed.matter_id = described.matter_id
    where summed.total_voice_count >= 5 and (summed.case_count > 0 or summed.open_count > 0)
)

select * from final
