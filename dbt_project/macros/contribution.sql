{# What the rows of `relation` add to one KPI, summed per smallest known area, day and exclusion reason.
   A row with a `reason` is excluded; without one it is immature or counted. Only counted rows enter `hit` and `base`.
   `received = 'false'` adds to the sums without being received (the base year of a year-on-year change). #}
{% macro contribution(
    relation, kpi_code, day, hit, base='1', reason='null', immature='false', received='true',
    open_not_due='false', in_day='true', in_month='true', provisional='false'
) -%}
    {{ summed_contribution(
        "(" ~ kpi_row(relation, kpi_code, day, hit, base, reason, immature, received, open_not_due, in_day, in_month,
        provisional=provisional) ~ ")"
    ) }}
{%- endmacro %}

{# One row per row of `relation`: which day, hit or not, left out or not. The plain rows behind `contribution`. #}
{% macro kpi_row(
    relation, kpi_code, day, hit, base='1', reason='null', immature='false', received='true',
    open_not_due='false', in_day='true', in_month='true', where='true', provisional='false', row_id='null'
) -%}
    select
        cast({{ row_id }} as varchar) as row_id,
        cast({{ kpi_code }} as varchar) as kpi_code,
        feed,
        street_code,
        district_code,
        region_code,
        cast({{ day }} as date) as period_date,
        {{ in_day }} as in_day,
        {{ in_month }} as in_month,
        cast({{ reason }} as varchar) as excluded_reason,
        coalesce({{ immature }}, false) as is_immature,
        {{ received }} as is_received,
        {{ open_not_due }} as is_open_not_due,
        coalesce({{ provisional }}, false) as is_provisional,
        cast(coalesce({{ hit }}, 0) as decimal(18, 4)) as hit,
        cast(coalesce({{ base }}, 0) as decimal(18, 4)) as base
    from {{ relation }}
    where {{ where }}
{%- endmacro %}

{# Rows of `kpi_row` summed to contributions. #}
{% macro summed_contribution(rows) -%}
    {%- set counted = "excluded_reason is null and not is_immature" -%}
    select
        kpi_code,
        feed,
        street_code,
        district_code,
        region_code,
        period_date,
        in_day,
        in_month,
        excluded_reason,
        count(*) filter (where is_received) as received_count,
        count(*) filter (where is_received and {{ counted }}) as counted_count,
        count(*) filter (where is_received and excluded_reason is not null) as excluded_count,
        count(*) filter (where is_received and excluded_reason is null and is_immature) as immature_count,
        count(*) filter (where {{ counted }} and is_open_not_due) as open_not_due_count,
        count(*) filter (where {{ counted }} and is_provisional) as provisional_count,
        cast(coalesce(sum(hit) filter (where {{ counted }}), 0) as decimal(18, 4)) as numerator,
        cast(coalesce(sum(base) filter (where {{ counted }}), 0) as decimal(18, 4)) as denominator
    from {{ rows }}
    group by all
{%- endmacro %}
