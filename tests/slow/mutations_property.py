"""Errors that someone could make in the SQL of a property or capacity KPI, each with the test that must notice it."""

from __future__ import annotations

from tests.slow.mutations import Mutation

PROPERTY, CAPACITY = "models/kpi/kpi_property.sql", "models/kpi/kpi_capacity_worker.sql"
COMPOUND = "models/marts/dim_compound.sql"
COMPOUND_MONTH = "models/intermediate/int_property_compound_month.sql"
COMMUNITY_MONTH = "models/intermediate/int_community_month.sql"
WORKER = "models/intermediate/int_capacity_worker.sql"
WORKER_MONTH = "models/intermediate/int_capacity_worker_month.sql"
STAFF = "models/marts/fct_capacity_month.sql"

MODES = "kpi_property__four_modes_cover_and_only_the_eligible_are_asked_for_a_committee"
PLACED = "dim_compound__lies_where_its_community_lies"
LAST_DAY = "int_property_compound_month__reads_the_register_on_the_last_day_of_a_month"
STAND_OVER = "kpi_capacity_worker__workers_stand_over_communities_and_residents"
PERSONS = "kpi_capacity_worker__training_covers_persons_and_no_month_before_the_lists"
OF_THE_YEAR = "int_capacity_worker_month__persons_of_the_year_up_to_the_reading_day"
ONE_CHARACTER = "int_capacity_worker__a_worker_is_not_everyone_who_works_there"
SIXTY_PERCENT = "fct_capacity_month__one_character_is_sixty_percent"
SPLIT = "int_community_month__after_a_split_the_new_ones_count_and_not_the_old"

COVERAGE, COMMITTEE = "property.coverage_rate", "property.committee_rate"
PER_COMMUNITY, PER_TEN_THOUSAND = "capacity.workers_per_community", "capacity.workers_per_ten_thousand"
TRAINING, CERTIFICATE = "capacity.training_coverage_rate", "capacity.national_certificate_rate"

PROPERTY_AND_CAPACITY = [
    Mutation(COVERAGE, COMPOUND, "'community', 'self')", "'community', 'self', 'none')", "弃管 covers", PLACED),
    Mutation(
        COVERAGE,
        COMPOUND,
        "coalesce(place.street_code, compound.area_code)",
        "compound.area_code",
        "places a compound where its community once was",
        PLACED,
    ),
    Mutation(COVERAGE, PROPERTY, "hit='cast(is_covered as int)'", "hit='1'", "every compound is covered", MODES),
    Mutation(
        COVERAGE,
        COMPOUND_MONTH,
        "and month_end.day_date <= coalesce(",
        "and month_end.month_start <= coalesce(",
        "reads a month twice where a compound changed in it",
        LAST_DAY,
    ),
    Mutation(COVERAGE, COMPOUND_MONTH, "where compound.is_in_use", "", "counts compounds off the register", LAST_DAY),
    Mutation(COMMITTEE, PROPERTY, " when not is_eligible then 'X30'", "", "asks those that may not form one", MODES),
    Mutation(COMMITTEE, PROPERTY, "when is_eligible is null then 'X17'", "", "takes unknown for eligible", MODES),
    Mutation(COMMITTEE, PROPERTY, ", 'management_committee')", ")", "forgets 物管会", MODES),
    Mutation(
        PER_COMMUNITY,
        WORKER,
        "in ('community_worker', 'recruited_worker')",
        "in ('community_worker', 'recruited_worker', 'cadre', 'police')",
        "takes 社区工作人员 for 社区工作者",
        ONE_CHARACTER,
    ),
    Mutation(
        PER_COMMUNITY,
        CAPACITY,
        "where dim_feed.feed = 'capacity_worker' and worker.is_community_worker",
        "where dim_feed.feed = 'capacity_worker'",
        "counts cadres and police",
        STAND_OVER,
    ),
    Mutation(
        PER_COMMUNITY,
        STAFF,
        "'worker_count': 'cast(coalesce(sum(is_worker), 0) as bigint)'",
        "'worker_count': 'count(is_worker)'",
        "shows everyone who works there as a worker",
        SIXTY_PERCENT,
    ),
    Mutation(
        PER_COMMUNITY, COMMUNITY_MONTH, "where community.is_in_use", "", "keeps the communities before a split", SPLIT
    ),
    Mutation(
        PER_COMMUNITY,
        CAPACITY,
        "where community.month_start in (select worker_month.month_start from worker_month)",
        "",
        "shows nought before the register of workers begins",
        STAND_OVER,
    ),
    Mutation(
        PER_TEN_THOUSAND,
        CAPACITY,
        "reason=\"case when is_population_unknown then 'X31' end\", ",
        "",
        "workers of communities without residents swell the rate",
        STAND_OVER,
    ),
    Mutation(
        PER_TEN_THOUSAND,
        CAPACITY,
        "community.community_code is not null and community.resident_population is null",
        "community.resident_population is null",
        "loses the workers of closed communities from the city",
        STAND_OVER,
    ),
    Mutation(PER_TEN_THOUSAND, CAPACITY, "cast(0.0001 as decimal(4, 4))", "0.001", "stands over thousands", STAND_OVER),
    Mutation(
        TRAINING,
        WORKER_MONTH,
        "coalesce(training.first_date <= month_end.day_date, false)",
        "training.first_date is not null",
        "trains in January who comes in February",
        OF_THE_YEAR,
    ),
    Mutation(
        TRAINING,
        WORKER_MONTH,
        " and year(month_end.day_date) = training.training_year",
        "",
        "counts last year's training, and persons twice",
        OF_THE_YEAR,
    ),
    Mutation(TRAINING, WORKER_MONTH, "where worker.is_in_post", "", "keeps those who left on the roster", OF_THE_YEAR),
    Mutation(
        TRAINING,
        CAPACITY,
        "and worker_month.day_date >= training_feed.first_date",
        "",
        "nobody is trained before the lists begin",
        PERSONS,
    ),
    Mutation(
        TRAINING,
        CAPACITY,
        "and worker_month.month_start <= training_feed.as_of",
        "",
        "goes on after the lists end",
        PERSONS,
    ),
    Mutation(
        CERTIFICATE,
        CAPACITY,
        "reason=\"case when has_national_certificate is null then 'X17' end\",",
        "",
        "takes not recorded for no",
        STAND_OVER,
    ),
    Mutation(
        CERTIFICATE,
        CAPACITY,
        "hit='cast(has_national_certificate as int)'",
        "hit='1'",
        "everyone holds a certificate of some kind",
        STAND_OVER,
    ),
]
