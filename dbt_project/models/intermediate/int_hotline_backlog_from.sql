-- One row per build: the first day whose backlog is other than the last build had it. What came late reaches back as
-- far as the moment it speaks of; a moved deadline to two days before it; a corrected area to the receipt of the case;
-- a day that somebody asked for to itself.
-- depends_on: {{ ref('stg_recompute_day') }}
-- depends_on: {{ ref('int_hotline_case_changed') }}
-- depends_on: {{ ref('int_hotline_event_changed') }}
-- depends_on: {{ ref('int_hotline_cycle_changed') }}
-- depends_on: {{ ref('int_hotline_register') }}
-- depends_on: {{ ref('fct_sla_clock') }}
{%- set cases = left_by_last_build('marts', 'fct_case') %}
{%- set events = left_by_last_build('marts', 'fct_case_event') %}
{%- set taken = left_by_last_build('intermediate', 'int_hotline_batch_taken') %}

{%- if cases and events and taken %}
with known_event as (
    select *
    from {{ events }}
    where case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
),

moment as (
    -- The last day of the last build was not over.
    select max(as_of) as from_at
    from {{ taken }}
    where platform = 'city'
    union all
    select min(business_date + 1) as from_at
    from {{ ref('stg_recompute_day') }}
    where feed like 'hotline_city%'
    union all
    select min(fresh.occurred_at) as from_at
    from {{ ref('int_hotline_event_changed') }} as fresh
    where
        not exists (
            select 1
            from known_event as known
            where
                fresh.case_id = known.case_id
                and fresh.event_type = known.event_type
                and fresh.occurred_at = known.occurred_at
        )
    union all
    select min(known.occurred_at) as from_at
    from known_event as known
    where
        not exists (
            select 1
            from {{ ref('int_hotline_event_changed') }} as fresh
            where
                fresh.case_id = known.case_id
                and fresh.event_type = known.event_type
                and fresh.occurred_at = known.occurred_at
        )
    union all
    -- The two days before a deadline tell of it already.
    select min(least(known.last_due_at, clock.due_at)) - interval 2 day as from_at
    from {{ cases }} as known
    inner join {{ ref('fct_sla_clock') }} as clock
        on known.case_id = clock.case_id and known.cycle_count = clock.cycle_no and clock.scope = 'case'
    where
        known.case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
        and known.last_due_at is distinct from clock.due_at
    union all
    select min(least(known.received_at, register.received_at)) as from_at
    from {{ cases }} as known
    inner join {{ ref('int_hotline_register') }} as register on known.case_id = register.case_id
    where
        known.case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
        and (
            known.area_code is distinct from register.area_code
            or known.is_confidential is distinct from coalesce(register.is_confidential, false)
            or known.received_at is distinct from register.received_at
        )
),
{%- else %}
with moment as (
    select min(opened_at) as from_at
    from {{ ref('int_hotline_cycle_changed') }}
),
{%- endif %}

final as (
    -- Midnight sharp is the end of the day before.
    select cast(min(from_at) - interval 1 microsecond as date) as from_date
    from moment
)

select * from final
