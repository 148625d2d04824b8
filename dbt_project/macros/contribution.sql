{# What the rows of `relation` add to one KPI, summed per smallest known area, day and exclusion reason.
   A row with a `reason` is excluded; without one it is immature or counted. Only counted rows enter `hit` and `base`.
   `received = 'false'` adds to the sums without being received (the base year of a year-on-year change). #}
{% macro contribution(
    relation, kpi_code, day, hit, base='1', reason='null', immature='false', received='true',
    open_not_due='false', month=none, comparable_from='null', where='true'
) -%}
    {%- set counted = "(" ~ reason ~ ") is null and not (" ~ immature ~ ")" -%}
    select
        feed,
        as_of,
        cast({{ kpi_code }} as varchar) as kpi_code,
        street_code,
        district_code,
        region_code,
        cast({{ day }} as date) as period_date,
        cast(date_trunc('month', {{ month or day }}) as date) as month_start,
        cast({{ reason }} as varchar) as excluded_reason,
        count(*) filter (where {{ received }}) as received_count,
        count(*) filter (where {{ received }} and {{ counted }}) as counted_count,
        count(*) filter (where {{ received }} and ({{ reason }}) is not null) as excluded_count,
        count(*) filter (where {{ received }} and ({{ reason }}) is null and {{ immature }}) as immature_count,
        count(*) filter (where {{ counted }} and {{ open_not_due }}) as open_not_due_count,
        cast(coalesce(sum({{ hit }}) filter (where {{ counted }}), 0) as decimal(18, 4)) as numerator,
        cast(coalesce(sum({{ base }}) filter (where {{ counted }}), 0) as decimal(18, 4)) as denominator,
        cast({{ comparable_from }} as date) as comparable_from
    from {{ relation }}
    where {{ where }}
    group by all
{%- endmacro %}
