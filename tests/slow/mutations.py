"""Errors that someone could make in the SQL of a KPI, each with the unit test that must notice it."""

from __future__ import annotations

from typing import NamedTuple

ROWS = "macros/hotline_kpi_rows.sql"
JUDGED = "macros/judged_case.sql"
KPI_HOTLINE = "models/kpi/kpi_hotline.sql"
VALUE = "models/kpi/fct_kpi_value.sql"
CASE = "models/marts/fct_case.sql"
PLACED = "models/intermediate/int_hotline_clock_placed.sql"
SHIFT = "models/intermediate/int_hotline_clock_shift.sql"
CYCLE = "models/intermediate/int_hotline_cycle_changed.sql"
MATTER = "models/intermediate/int_hotline_matter_changed.sql"

RECEIPT_DAY = "kpi_hotline__who_is_left_out_on_the_day_of_receipt"
LATER_DAYS = "kpi_hotline__who_is_left_out_on_the_days_after_it"
DUE_COHORT = "kpi_hotline__the_due_cohort_is_judged_when_its_deadline_has_passed"
STATE_NOW = "kpi_hotline__cases_of_a_day_by_their_state_now"
WAITING = "kpi_hotline__nobody_is_blamed_before_the_callback_is_due"
REOPENED = "kpi_hotline__a_reopening_within_30_days_counts"
GRADES = "kpi_hotline__grades_weigh_unsatisfied_is_not_nothing"
DEADLINES = "kpi_hotline__three_deadlines_three_rates"
BACKLOG_MONTH = "kpi_hotline__a_month_has_the_backlog_of_its_last_day"
CALLS = "kpi_hotline__calls_count_when_answered_within_15_seconds"
BASE_YEAR = "kpi_hotline__base_year_is_cut_where_this_year_stands"
FIRST_CYCLE = "fct_case__the_last_status_does_not_hide_the_first_cycle"
COMPOSITE = "fct_kpi_value__the_composite_needs_all_three_rates"


class Mutation(NamedTuple):
    """`old` stands once in `file`; with `new` in its place, which is `wrong`, the unit test `noticed_by` must fail."""

    kpi_code: str
    file: str
    old: str
    new: str
    wrong: str
    noticed_by: str


MUTATIONS = [
    Mutation(
        "hotline.case_count",
        ROWS,
        "hit='1', base='0', where=on_city, **case) }}",
        "hit='1', base='0', where='true', **case) }}",
        "adds the direct line to the city",
        STATE_NOW,
    ),
    Mutation(
        "hotline.matter_count",
        ROWS,
        "hit='cast(is_matter_head as int)'",
        "hit='1'",
        "counts cases, not matters",
        STATE_NOW,
    ),
    Mutation(
        "hotline.matter_count",
        JUDGED,
        " and not matter.is_merged as is_matter_head",
        " as is_matter_head",
        "counts a merged case as a matter of its own",
        RECEIPT_DAY,
    ),
    Mutation(
        "hotline.connect_rate",
        KPI_HOTLINE,
        "sum(answered_15s_count)",
        "sum(answered_count)",
        "counts calls answered after 15 seconds",
        CALLS,
    ),
    Mutation(
        "hotline.connect_rate",
        KPI_HOTLINE,
        "cast(sum(answered_15s_count) as decimal(18, 4))",
        "cast(avg(answered_15s_count) as decimal(18, 4))",
        "takes the mean of the hours",
        CALLS,
    ),
    Mutation(
        "hotline.direct_answer_rate",
        ROWS,
        "reason='not_ours',",
        "reason='flawed',",
        "leaves out merged and flawed cases as well",
        RECEIPT_DAY,
    ),
    Mutation(
        "hotline.direct_answer_rate",
        ROWS,
        "hit='cast(is_answered as int)'",
        "hit='cast(is_finished as int)'",
        "takes every finish for a direct answer",
        RECEIPT_DAY,
    ),
    Mutation(
        "hotline.response_rate",
        ROWS,
        "contacted_at <= response_due_at",
        "contacted_at < response_due_at",
        "24:00 sharp is on time",
        DUE_COHORT,
    ),
    Mutation(
        "hotline.response_rate",
        ROWS,
        "coalesce(unfit, anonymous, if(is_derived, 'X17', null), ",
        "coalesce(unfit, if(is_derived, 'X17', null), ",
        "asks for a contact with somebody unknown",
        LATER_DAYS,
    ),
    Mutation(
        "hotline.response_rate",
        ROWS,
        "immature='response_due_at > as_of'",
        "immature='false'",
        "blames a unit before its time is over",
        DUE_COHORT,
    ),
    Mutation(
        "hotline.on_time_rate",
        ROWS,
        "immature='last_due_at > as_of'",
        "immature='last_due_at > as_of or last_finished_at is null'",
        "leaves out what is open past its deadline",
        DUE_COHORT,
    ),
    Mutation(
        "hotline.on_time_rate",
        ROWS,
        "coalesce(unfit, if(last_due_at is null, 'X06', null))",
        "coalesce(unfit, if(last_due_at is null, null, null))",
        "counts a case without a deadline as late",
        STATE_NOW,
    ),
    Mutation(
        "hotline.on_time_rate",
        CASE,
        "bool_and(coalesce(cycle.finished_at <= clock.due_at, false))",
        "bool_and(coalesce(cycle.finished_at < clock.due_at, false))",
        "24:00 sharp is on time",
        FIRST_CYCLE,
    ),
    Mutation(
        "hotline.on_time_rate",
        CASE,
        "bool_and(coalesce(cycle.finished_at <= clock.due_at, false))",
        "bool_and(cycle.finished_at <= clock.due_at)",
        "forgets a reopened case that is still open",
        FIRST_CYCLE,
    ),
    Mutation(
        "hotline.on_time_rate",
        "macros/due_date.sql",
        " - interval 1 microsecond",
        "",
        "puts 24:00 on the day after",
        DUE_COHORT,
    ),
    Mutation(
        "hotline.on_time_rate",
        PLACED,
        "(start_day.workday_count + clock.rule_value)",
        "(start_day.workday_count - 1 + clock.rule_value)",
        "counts the day of the dispatch",
        "int_hotline_clock_placed__two_and_twenty_working_days",
    ),
    Mutation(
        "hotline.on_time_rate",
        SHIFT,
        "stood.position < stood.due_before",
        "stood.position <= stood.due_before",
        "lets a pause begin after the deadline",
        "int_hotline_clock_shift__what_comes_after_the_deadline_moves_nothing",
    ),
    Mutation(
        "hotline.on_time_rate",
        SHIFT,
        "else stood.moment <= {{",
        "else stood.moment < {{",
        "refuses an extension asked for at 24:00 sharp",
        "int_hotline_clock_shift__what_comes_after_the_deadline_moves_nothing",
    ),
    Mutation(
        "hotline.first_pass_on_time_rate",
        ROWS,
        "hit='cast(is_first_on_time as int)'",
        "hit='cast(is_on_time as int)'",
        "asks the last cycle about the first",
        DEADLINES,
    ),
    Mutation(
        "hotline.first_pass_on_time_rate",
        CYCLE,
        "min(occurred_at) filter (where event_type = 'finished') as finished_at",
        "max(occurred_at) filter (where event_type = 'finished') as finished_at",
        "lets a later finish overwrite the first",
        "int_hotline_cycle_changed__a_finish_is_the_first_and_stays",
    ),
    Mutation(
        "hotline.unextended_on_time_rate",
        ROWS,
        "hit='cast(is_unextended_on_time as int)'",
        "hit='cast(is_first_on_time as int)'",
        "gives the extension back",
        DEADLINES,
    ),
    Mutation(
        "hotline.unextended_on_time_rate",
        "models/marts/fct_sla_clock.sql",
        "sum(shift_us) filter (where is_effective_unextended) as pause_us",
        "sum(shift_us) filter (where is_effective) as pause_us",
        "moves the deadline by extensions",
        "fct_sla_clock__a_deadline_moves_by_pauses_and_extensions_in_time",
    ),
    Mutation(
        "hotline.closure_rate",
        ROWS,
        "reason='flawed', hit='cast(is_finished as int)'",
        "reason='flawed', hit='cast(finished_at is not null as int)'",
        "takes a reopened case for closed",
        RECEIPT_DAY,
    ),
    Mutation(
        "hotline.closure_rate",
        ROWS,
        "coalesce(last_due_at > as_of, true)",
        "coalesce(last_due_at > as_of, false)",
        "calls an open case overdue that has no deadline",
        STATE_NOW,
    ),
    Mutation(
        "hotline.closure_rate",
        "macros/roll_up.sql",
        "cast(sum(numerator) as decimal(18, 4)) as numerator",
        "cast(avg(numerator) as decimal(18, 4)) as numerator",
        "takes the mean of parts",
        "fct_kpi_cell__rates_roll_up_as_sums_and_the_city_keeps_the_unplaced",
    ),
    Mutation(
        "hotline.closure_rate",
        "macros/roll_up.sql",
        "(area_level = 'city' or area_code is not null)",
        "area_code is not null",
        "loses what has no known area",
        "fct_kpi_cell__rates_roll_up_as_sums_and_the_city_keeps_the_unplaced",
    ),
    Mutation(
        "hotline.resolution_rate",
        ROWS,
        """"if(callback_count > 0 and is_solved is null, 'X08', null))\"""",
        '"null)"',
        "counts who was not reached as unsolved",
        LATER_DAYS,
    ),
    Mutation(
        "hotline.resolution_rate",
        ROWS,
        "hit='cast(is_solved as int)'",
        "hit='cast(is_last_solved as int)'",
        "lets the last answer stand for the first",
        WAITING,
    ),
    Mutation(
        "hotline.resolution_rate",
        JUDGED,
        "if(request_type = 'consult' and is_answered, 'X06', null)",
        "if(request_type = 'consult', null, null)",
        "asks about consultations answered at the desk",
        LATER_DAYS,
    ),
    Mutation(
        "hotline.final_resolution_rate",
        ROWS,
        "hit='cast(is_last_solved as int)'",
        "hit='cast(is_solved as int)'",
        "lets the first answer stand for the last",
        WAITING,
    ),
    Mutation(
        "hotline.satisfaction_rate",
        ROWS,
        "hit='satisfaction_weight'",
        "hit='cast(satisfaction_weight > 0 as int)'",
        "takes half satisfied for satisfied",
        GRADES,
    ),
    Mutation(
        "hotline.satisfaction_rate",
        "models/marts/fct_callback.sql",
        "and cast(event.occurred_at as date) <= coalesce(weight.valid_to, date '9999-12-31')",
        "",
        "weighs a grade with a weight that was over",
        "fct_callback__a_grade_weighs_what_it_weighs_on_its_day",
    ),
    Mutation(
        "hotline.satisfaction_rate",
        ROWS,
        "if(callback_count = 0 and not \" ~ callback_wait ~ \", 'X16', null), ",
        "",
        "waits for ever for a callback",
        LATER_DAYS,
    ),
    Mutation(
        "hotline.satisfaction_rate",
        "macros/wilson_bound.sql",
        "3.8414588206941254",
        "1.9599639845400545",
        "takes z for its square: an interval too narrow",
        "fct_kpi_value__a_rate_carries_its_interval",
    ),
    Mutation(
        "hotline.final_satisfaction_rate",
        ROWS,
        "hit='last_satisfaction_weight'",
        "hit='satisfaction_weight'",
        "takes the first grade for the last",
        WAITING,
    ),
    Mutation(
        "hotline.composite_score",
        VALUE,
        "count(*) = any_value(weight.part_count) and count(part.ratio) = count(*) as is_whole",
        "true as is_whole",
        "takes a missing rate for zero",
        COMPOSITE,
    ),
    Mutation(
        "hotline.composite_score",
        VALUE,
        "sum(part.ratio * weight.weight)",
        "avg(part.ratio)",
        "forgets the weights",
        COMPOSITE,
    ),
    Mutation(
        "hotline.callback_coverage_rate",
        ROWS,
        "hit='cast(is_connected as int)'",
        "hit='cast(callback_count > 0 as int)'",
        "counts a call in vain as a connected one",
        WAITING,
    ),
    Mutation(
        "hotline.callback_coverage_rate",
        ROWS,
        "immature=uncalled ~ ' and ' ~ callback_wait",
        "immature=uncalled",
        "forgives a callback that was never made",
        LATER_DAYS,
    ),
    Mutation(
        "hotline.reopen_rate",
        ROWS,
        "reopened_at <= finished_at + reopen_wait",
        "reopened_at is not null",
        "counts a reopening however late",
        REOPENED,
    ),
    Mutation(
        "hotline.reopen_rate",
        ROWS,
        "immature='finished_at + reopen_wait > as_of'",
        "immature='false'",
        "praises before the 30 days are over",
        REOPENED,
    ),
    Mutation(
        "hotline.repeat_rate",
        ROWS,
        "if(is_caller_known, null, 'X07')",
        "null",
        "puts callers nobody knows into the base",
        RECEIPT_DAY,
    ),
    Mutation(
        "hotline.repeat_rate",
        MATTER,
        "child.received_at - parent.received_at <= child.repeat_window",
        "child.received_at - parent.received_at < child.repeat_window",
        "shortens the window by its last second",
        "int_hotline_matter_changed__a_repeat_is_the_same_caller_and_the_same_matter",
    ),
    Mutation(
        "hotline.repeat_rate",
        MATTER,
        "alike_count >= 4",
        "alike_count >= 3",
        "takes texts for alike that agree in less than half",
        "int_hotline_matter_changed__a_repeat_is_the_same_caller_and_the_same_matter",
    ),
    Mutation(
        "hotline.return_rate",
        ROWS,
        "hit='least(return_count, dispatch_count)'",
        "hit='return_count'",
        "lets a rate pass one",
        LATER_DAYS,
    ),
    Mutation(
        "hotline.return_rate",
        ROWS,
        "base='dispatch_count'",
        "base='1'",
        "counts cases, not dispatches",
        LATER_DAYS,
    ),
    Mutation(
        "hotline.overdue_backlog",
        "models/intermediate/int_hotline_backlog_day.sql",
        "open_cycle.due_at < day.end_at",
        "open_cycle.due_at <= day.end_at",
        "calls overdue what is due at 24:00",
        "int_hotline_backlog_day__is_asked_at_24_00_and_at_the_as_of",
    ),
    Mutation(
        "hotline.overdue_backlog",
        KPI_HOTLINE,
        "backlog.date_day = last_day(backlog.date_day) or backlog.date_day = last_day.date_day as in_month",
        "true as in_month",
        "adds the days of a month up",
        BACKLOG_MONTH,
    ),
    Mutation(
        "hotline.overdue_backlog",
        KPI_HOTLINE,
        "cast(backlog.overdue_count as decimal(18, 4))",
        "cast(backlog.open_count as decimal(18, 4))",
        "calls every open case late",
        BACKLOG_MONTH,
    ),
    Mutation(
        "hotline.case_yoy",
        ROWS,
        "received='false', hit='-1', base='1'",
        "received='false', hit='0', base='1'",
        "forgets to take last year's cases off",
        BASE_YEAR,
    ),
    Mutation(
        "hotline.case_yoy",
        VALUE,
        "measured.period_start < measured.comparable_from",
        "false",
        "compares with a year before the feed began",
        "fct_kpi_value__a_change_needs_a_base_year",
    ),
    Mutation(
        "hotline.direct_line_yoy",
        ROWS,
        "where='received_at + interval 1 year <= as_of'",
        "where='true'",
        "compares a running month with a whole one",
        BASE_YEAR,
    ),
    Mutation(
        "hotline.direct_line_yoy",
        ROWS,
        "in_day='not (month(received_at) = 2 and day(received_at) = 29)'",
        "in_day='true'",
        "compares 28 February with two days",
        BASE_YEAR,
    ),
    Mutation(
        "grid.on_time_rate",
        "macros/grid_kpi_rows.sql",
        "handled_at <= due_at",
        "handled_at < due_at",
        "24:00 sharp is on time",
        "kpi_grid__events_count_where_they_fall_due",
    ),
    Mutation(
        "grid.on_time_rate",
        "macros/grid_kpi_rows.sql",
        "coalesce(handled_at <= due_at, false)",
        "coalesce(handled_at <= due_at, true)",
        "takes an event that nobody handled for one in time",
        "kpi_grid__events_count_where_they_fall_due",
    ),
    Mutation(
        "hotline.matter_count",
        "models/marts/fct_matter_week.sql",
        "where summed.total_voice_count >= 5 and (summed.case_count > 0 or summed.open_count > 0)",
        "where summed.case_count > 0 or summed.open_count > 0",
        "publishes a matter before its fifth voice",
        "fct_matter_week__is_published_from_the_fifth_voice_on",
    ),
    Mutation(
        "hotline.overdue_backlog",
        "models/marts/fct_case_stuck.sql",
        "if(case_row.is_confidential, null, case_row.street_code) as street_code",
        "case_row.street_code",
        "tells the street of a confidential case",
        "fct_case_stuck__is_late_or_hard_and_not_long_gone",
    ),
    Mutation(
        "hotline.overdue_backlog",
        "models/intermediate/int_hotline_backlog_from.sql",
        "select min(least(known.last_due_at, clock.due_at)) - interval 2 day as from_at",
        "select min(least(known.last_due_at, clock.due_at)) as from_at",
        "leaves what was due next as it was when the deadline moves",
        "int_hotline_backlog_from__a_moved_deadline_changes_the_days_before_it",
    ),
    Mutation(
        "heating.complaints_per_thousand",
        "models/marts/fct_heating_complaint_day.sql",
        "where platform = 'province' or category_name = '供热'",
        "where category_name = '供热'",
        "forgets the direct line, whose cases have no category",
        "fct_heating_complaint_day__platforms_stand_side_by_side",
    ),
    Mutation(
        "hotline.case_count",
        "models/marts/fct_hotline_day.sql",
        "where platform = 'city' and finished_at is not null",
        "where platform = 'city' and finished_at is not null and cycle_no = 1",
        "counts a finish once, however often a case was reopened",
        "fct_hotline_day__a_case_reopened_is_finished_twice",
    ),
]
