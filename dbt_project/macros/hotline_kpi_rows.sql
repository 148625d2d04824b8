{# The hotline's KPIs, case by case: docs/hotline-method.md, 7. One place for the figures and for the rows behind them.
   `relation` has the columns of `judged_case`. Reasons are asked in the order in which they stand. #}
{% macro hotline_kpi_rows(relation) -%}
    {%- set case = {'relation': relation, 'row_id': 'case_id'} -%}
    {%- set on_city = "platform = 'city'" -%}
    {%- set callback_wait = "finished_at + callback_wait > as_of" -%}
    {%- set asked = "coalesce(unfit, desk_answer, anonymous, " ~
        "if(callback_count = 0 and not " ~ callback_wait ~ ", 'X16', null), " -%}
    {%- set uncalled = "callback_count = 0" -%}
    {# An impossible moment dates nothing: such a case stands at its receipt, and so does one without a deadline. #}
    {%- set sound = "if(has_time_flaw, received_at, " -%}
    {%- set due_day = "coalesce(if(has_time_flaw, received_at, null), " -%}
    {{ kpi_row(kpi_code="'hotline.case_count'", day='received_at', hit='1', base='0', where=on_city, **case) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.matter_count'", day='received_at', hit='cast(is_matter_head as int)', base='0', where=on_city,
        **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.direct_answer_rate'", day='received_at', reason='not_ours',
        hit='cast(is_answered as int)', where=on_city, **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.response_rate'", day=due_day ~ 'response_due_date, received_at)',
        reason="coalesce(unfit, anonymous, if(is_derived, 'X17', null), if(response_due_at is null, 'X06', null))",
        immature='response_due_at > as_of', hit='cast(contacted_at <= response_due_at as int)',
        where=on_city ~ ' and dispatched_at is not null', **case
    ) }}
    union all
    {# Due cohort: cases whose deadline falls in the period, open or not; without a deadline nothing was due. #}
    {{ kpi_row(
        kpi_code="'hotline.on_time_rate'", day=due_day ~ 'last_due_date, received_at)',
        reason="coalesce(unfit, if(last_due_at is null, 'X06', null))", immature='last_due_at > as_of',
        hit='cast(is_on_time as int)', provisional='is_due_provisional', where=on_city, **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.first_pass_on_time_rate'", day=due_day ~ 'first_due_date, received_at)',
        reason="coalesce(unfit, if(due_at is null, 'X06', null))", immature='due_at > as_of',
        hit='cast(is_first_on_time as int)', provisional='is_due_provisional', where=on_city, **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.unextended_on_time_rate'", day=due_day ~ 'unextended_due_date, received_at)',
        reason="coalesce(unfit, if(unextended_due_at is null, 'X06', null))", immature='unextended_due_at > as_of',
        hit='cast(is_unextended_on_time as int)', provisional='is_due_provisional', where=on_city, **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.closure_rate'", day='received_at', reason='flawed', hit='cast(is_finished as int)',
        open_not_due='not is_finished and coalesce(last_due_at > as_of, true)', where=on_city, **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.resolution_rate'", day=sound ~ 'finished_at)', hit='cast(is_solved as int)', immature=uncalled,
        reason=asked ~ "if(callback_count > 0 and is_solved is null, 'X08', null))",
        where=on_city ~ ' and finished_at is not null', **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.final_resolution_rate'", day=sound ~ 'last_finished_at)', hit='cast(is_last_solved as int)',
        immature=uncalled, reason=asked ~ "if(callback_count > 0 and is_last_solved is null, 'X08', null))",
        where=on_city ~ ' and last_finished_at is not null', **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.satisfaction_rate'", day=sound ~ 'finished_at)', hit='satisfaction_weight', immature=uncalled,
        reason=asked ~ "if(callback_count > 0 and satisfaction_weight is null, 'X08', null))",
        where=on_city ~ ' and finished_at is not null', **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.final_satisfaction_rate'", day=sound ~ 'last_finished_at)', hit='last_satisfaction_weight',
        immature=uncalled, reason=asked ~ "if(callback_count > 0 and last_satisfaction_weight is null, 'X08', null))",
        where=on_city ~ ' and last_finished_at is not null', **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.callback_coverage_rate'", day=sound ~ 'finished_at)', hit='cast(is_connected as int)',
        reason='coalesce(flawed, desk_answer, anonymous)', immature=uncalled ~ ' and ' ~ callback_wait,
        where=on_city ~ ' and finished_at is not null', **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.reopen_rate'", day=sound ~ 'finished_at)', reason='coalesce(flawed, desk_answer)',
        hit='cast(reopened_at <= finished_at + reopen_wait as int)', immature='finished_at + reopen_wait > as_of',
        where=on_city ~ ' and finished_at is not null', **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="'hotline.repeat_rate'", day='received_at', hit='cast(is_repeat as int)',
        reason="coalesce(if(is_void, 'X05', null), if(is_caller_known, null, 'X07'))", where=on_city, **case
    ) }}
    union all
    {# A source that returns a case more often than it was dispatched is wrong; the rate stays a rate. #}
    {{ kpi_row(
        kpi_code="'hotline.return_rate'", day=sound ~ 'dispatched_at)', hit='least(return_count, dispatch_count)',
        base='dispatch_count', reason="if(is_void, 'X05', null)", where=on_city ~ ' and dispatched_at is not null', **case
    ) }}
    union all
    {{ kpi_row(
        kpi_code="if(platform = 'city', 'hotline.case_yoy', 'hotline.direct_line_yoy')", day='received_at', hit='1',
        base='0', **case
    ) }}
    union all
    {# The base year counts where its anniversary lies, and only as far as this year has run; 29 February has none. #}
    {{ kpi_row(
        kpi_code="if(platform = 'city', 'hotline.case_yoy', 'hotline.direct_line_yoy')",
        day='received_at + interval 1 year', received='false', hit='-1', base='1',
        in_day='not (month(received_at) = 2 and day(received_at) = 29)',
        where='received_at + interval 1 year <= as_of', **case
    ) }}
{%- endmacro %}
