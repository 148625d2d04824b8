"""Errors that someone could make in the SQL of grid workers, integrity and points, each with the test that notices."""

from __future__ import annotations

from tests.slow.mutations import Mutation

LOAD_KPI = "models/kpi/kpi_grid_load.sql"
INTEGRITY_KPI = "models/kpi/kpi_grid_integrity.sql"
IN_FORCE = "models/intermediate/int_grid_in_force.sql"
WORKER = "models/intermediate/int_grid_worker_in_force.sql"
REPEAT = "models/intermediate/int_grid_event_repeat.sql"
FLAGGED = "models/intermediate/int_grid_event_flagged.sql"
ASKED = "models/intermediate/int_grid_event_asked.sql"
TOUCHED = "models/intermediate/int_grid_month_touched.sql"
INTEGRITY = "models/marts/fct_grid_integrity.sql"
ITEM = "models/marts/fct_grid_item_month.sql"
LINE = "models/intermediate/int_points_line.sql"
ENTRY = "models/intermediate/int_points_entry.sql"
POINTS = "models/marts/fct_points_month.sql"

BASES = "kpi_grid_load__each_ratio_has_its_own_base"
UNKNOWN = "kpi_grid_load__no_register_of_workers_gives_no_ratio"
ONE_PERSON = "int_grid_worker_in_force__a_worker_of_two_grids_is_one_person"
LAST_DAY = "int_grid_in_force__the_register_is_read_on_the_last_day"
SAME = "int_grid_event_repeat__same_grid_item_and_place_within_a_day"
EDGES = "int_grid_event_flagged__three_flags_and_their_edges"
UNFLAGGED = "kpi_grid_integrity__the_share_without_a_flag"
WHOLE = "fct_grid_integrity__silence_and_quotas_need_a_whole_month"
ITEMS = "fct_grid_item_month__items_and_departments_add_up"
NEVER = "int_points_entry__three_things_a_ledger_must_never_do"
MOMENT = "int_points_line__balances_stand_after_all_of_a_moment"

ALL, GENERAL = "grid.workers_per_grid", "grid.workers_per_general_grid"
OVERSIZED, HONEST, ON_TIME = "grid.oversized_grid_share", "grid.report_integrity_rate", "grid.on_time_rate"

GRID = [
    Mutation(
        ALL, WORKER, ") = 1 as is_counted", ") >= 1 as is_counted", "counts a worker once for each grid", ONE_PERSON
    ),
    Mutation(ALL, WORKER, "where span.is_on_duty", "", "counts who has left", ONE_PERSON),
    Mutation(
        ALL,
        WORKER,
        "left join {{ ref('int_grid_in_force') }} as grid",
        "inner join {{ ref('int_grid_in_force') }} as grid",
        "loses workers of unknown grids",
        ONE_PERSON,
    ),
    Mutation(
        ALL,
        LOAD_KPI,
        "from {{ ref('int_grid_in_force') }} as grid\n    inner join known on grid.month_start >= known.first_month",
        "from {{ ref('int_grid_in_force') }} as grid\n    cross join known",
        "takes an unknown number of workers for zero",
        UNKNOWN,
    ),
    Mutation(ALL, IN_FORCE, "where register.is_in_use", "", "counts retired grids", LAST_DAY),
    Mutation(
        GENERAL,
        LOAD_KPI,
        "where not is_grid or grid_kind = 'general'",
        "",
        "sets workers against all grids",
        BASES,
    ),
    Mutation(
        OVERSIZED,
        LOAD_KPI,
        "households > oversize_households",
        "households >= oversize_households",
        "exactly 500 is not oversized",
        BASES,
    ),
    Mutation(
        OVERSIZED,
        LOAD_KPI,
        "if(grid_kind <> 'general', 'X06', null)",
        "null",
        "takes a school for a grid without homes",
        BASES,
    ),
    Mutation(
        HONEST,
        REPEAT,
        "when reported_at <= same_photo[1] + near_duplicate_wait",
        "when reported_at < same_photo[1] + near_duplicate_wait",
        "24 hours sharp are within a day",
        SAME,
    ),
    Mutation(
        HONEST,
        REPEAT,
        "photo as (partition by grid_code, item_code, photo_hash",
        "photo as (partition by grid_code, photo_hash",
        "takes one photograph of two things for one thing",
        SAME,
    ),
    Mutation(
        HONEST,
        REPEAT,
        "* cos(radians(first_of_cell.y))",
        "",
        "measures a degree of longitude as on the equator",
        SAME,
    ),
    Mutation(
        HONEST,
        REPEAT,
        "    union all\n    select\n        event_no,\n        repeats_event_no\n    from near\n",
        "",
        "misses what lies in the next cell",
        SAME,
    ),
    Mutation(
        HONEST,
        FLAGGED,
        "counted.closed_at < counted.reported_at + counted.instant_close_wait",
        "counted.closed_at <= counted.reported_at + counted.instant_close_wait",
        "ten minutes sharp are not instant",
        EDGES,
    ),
    Mutation(
        HONEST,
        FLAGGED,
        "counted.closed_at >= counted.reported_at",
        "true",
        "takes a wrong clock for an instant closing",
        EDGES,
    ),
    Mutation(
        HONEST,
        FLAGGED,
        "counted.is_self_handled and",
        "",
        "takes a quick department for a made-up report",
        EDGES,
    ),
    Mutation(
        HONEST,
        FLAGGED,
        "counted.month_event_count >= counted.month_end_min_events",
        "true",
        "judges a month of three events",
        EDGES,
    ),
    Mutation(
        HONEST,
        TOUCHED,
        "place.reported_date + reach.near_duplicate_days",
        "place.reported_date",
        "forgets that the first of a month can repeat the last",
        "int_grid_month_touched__a_moved_event_touches_both_its_places",
    ),
    Mutation(
        HONEST,
        ASKED,
        "coalesce(resolved_grid_code, grid_code) as grid_code",
        "grid_code",
        "sees two grids where a code was renewed",
        "int_grid_event_asked__touched_months_and_the_day_before",
    ),
    Mutation(
        HONEST,
        INTEGRITY_KPI,
        "immature='not is_flagged and reported_at + instant_close_wait > as_of'",
        "immature='false'",
        "judges a report before it could be closed",
        UNFLAGGED,
    ),
    Mutation(
        HONEST, INTEGRITY_KPI, "cast(not is_flagged as int)", "cast(is_flagged as int)", "turns it round", UNFLAGGED
    ),
    Mutation(
        HONEST,
        INTEGRITY,
        "and in_force.is_whole_month ",
        "",
        "calls a grid silent in the month of its founding",
        WHOLE,
    ),
    Mutation(
        HONEST,
        INTEGRITY,
        "and last_day(in_force.month_start) <= feed.last_date",
        "",
        "calls grids silent before the month is over",
        WHOLE,
    ),
    Mutation(
        HONEST,
        INTEGRITY,
        "greatest(below_quota_grid_count, above_quota_grid_count, 1)",
        "greatest(below_quota_grid_count + above_quota_grid_count * 2, 1)",
        "compares a heap with more than its neighbours",
        WHOLE,
    ),
    Mutation(
        ON_TIME,
        ITEM,
        "where status <> 'rejected' and due_at <= as_of and handled_at <= due_at",
        "where status <> 'rejected' and due_at <= as_of and handled_at < due_at",
        "handled at the deadline is in time",
        ITEMS,
    ),
    Mutation(
        ON_TIME,
        ITEM,
        "left join {{ ref('dim_grid_item') }} as item",
        "inner join {{ ref('dim_grid_item') }} as item",
        "drops items that no catalogue knows",
        ITEMS,
    ),
    Mutation(
        HONEST,
        LINE,
        "range between unbounded preceding and current row",
        "rows between unbounded preceding and current row",
        "lets the order of equals overdraw an account",
        MOMENT,
    ),
    Mutation(
        HONEST,
        ENTRY,
        "coalesce(sum(points) filter (where side = 'credit'), 0) as credit_points",
        "coalesce(sum(points) filter (where side = 'credit'), sum(points)) as credit_points",
        "a debit without a credit balances nothing",
        NEVER,
    ),
    Mutation(
        HONEST,
        ENTRY,
        "account_kind <> 'pool' and rater_token = account_token",
        "false",
        "lets people rate themselves",
        NEVER,
    ),
    Mutation(
        HONEST,
        POINTS,
        "summed.account_count < policy.points_min_accounts as is_hidden",
        "false as is_hidden",
        "shows what one person earned",
        "fct_points_month__no_points_of_too_few_accounts",
    ),
]
