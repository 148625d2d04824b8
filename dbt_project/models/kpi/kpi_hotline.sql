-- One row per hotline KPI, smallest known area, day and exclusion reason: what the cases add to each figure.
with fact as (
    select
        fct_case.*,
        dim_feed.as_of,
        dim_feed.first_date + interval 1 year as comparable_from,
        cast(fct_case.received_at as date) as received_date,
        cast(fct_case.finished_at as date) as finished_date,
        {{ due_date('fct_case.due_at') }} as due_date,
        -- A reopened case is open again, whatever its first finish says.
        coalesce(fct_case.finished_at <= dim_feed.as_of, false) and fct_case.status <> 'reopened' as is_finished,
        fct_case.callback_at is null and fct_case.is_solved is null and fct_case.grade is null as is_uncalled,
        case fct_case.status when 'void' then 'X05' when 'out_of_jurisdiction' then 'X01' end as not_ours,
        -- The same day one year on; 29 February has none and lives in months only.
        if(
            month(fct_case.received_at) = 2 and day(fct_case.received_at) = 29, null,
            cast(fct_case.received_at as date) + interval 1 year
        ) as anniversary
    from {{ ref('fct_case') }} as fct_case
    inner join {{ ref('dim_feed') }} as dim_feed on fct_case.feed = dim_feed.feed
),

city as (
    select
        *,
        case
            when not_ours is not null then not_ours
            when request_type = 'consult' and status = 'answered' then 'X06'
            when is_anonymous then 'X07'
        end as not_asked
    from fact
    where platform = 'city'
),

platform as (
    select
        *,
        if(platform = 'city', 'hotline.case_yoy', 'hotline.direct_line_yoy') as yoy_code
    from fact
),

final as (
    {{ contribution('city', "'hotline.case_count'", day='received_date', hit='1', base='0') }}
    union all
    {{ contribution(
        'city', "'hotline.closure_rate'", day='received_date', reason='not_ours', hit='cast(is_finished as int)',
        open_not_due='not is_finished and coalesce(due_at > as_of, true)'
    ) }}
    union all
    -- Due cohort: cases whose deadline falls in the period, open or not; without a deadline nothing was due.
    {{ contribution(
        'city', "'hotline.on_time_rate'", day='coalesce(due_date, received_date)',
        reason="coalesce(not_ours, if(due_at is null, 'X06', null))", immature='due_at > as_of',
        hit='cast(is_finished and finished_at <= due_at as int)'
    ) }}
    union all
    {{ contribution(
        'city', "'hotline.resolution_rate'", day='finished_date', where='finished_at is not null',
        reason="coalesce(not_asked, if(is_solved is null and not is_uncalled, 'X08', null))", immature='is_uncalled',
        hit='cast(is_solved as int)'
    ) }}
    union all
    {{ contribution(
        'city', "'hotline.satisfaction_rate'", day='finished_date', where='finished_at is not null',
        reason="coalesce(not_asked, if(satisfaction_weight is null and not is_uncalled, 'X08', null))",
        immature='is_uncalled', hit='satisfaction_weight'
    ) }}
    union all
    {{ contribution(
        'platform', 'yoy_code', day='received_date', hit='1', base='0', comparable_from='comparable_from'
    ) }}
    union all
    -- The base year counts where its anniversary lies, and only as far as this year has run.
    {{ contribution(
        'platform', 'yoy_code', day='anniversary', month='received_date + interval 1 year', received='false',
        hit='-1', base='1', where='received_date + interval 1 year <= as_of'
    ) }}
)

select * from final
