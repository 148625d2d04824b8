{# For readings, which are too many to be taken at once: the model's SQL runs for a few days at a time.

   config: `days`, a condition on the rows of int_heating_day_touched that names the days to make anew; `day`, the date
   column of the model; `at_once`, how many days one statement takes. The SQL limits its own reading with
   `days_at_work(column, before, after)`, which reaches every day until this materialization puts real bounds in; so a
   unit test sees plain SQL. Days of the list lose their rows first: nothing is counted twice, and a build that was
   killed is built anew as a whole (docs/decisions/0009). #}
{% materialization by_day, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set day = config.require('day') -%}
    {%- set at_once = config.get('at_once', 7) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set wanted = run_query(
        "select distinct touched_date from " ~ ref('int_heating_day_touched') ~ " where " ~ config.require('days')
        ~ " order by touched_date"
    ).columns[0].values() -%}
    {%- if existing is none or should_full_refresh() or not existing.is_table -%}
        {% do adapter.drop_relation(existing) if existing is not none %}
        {%- set no_rows = between_days(sql, none, none) -%}
        {%- set is_contracted = config.get('contract').enforced -%}
        {%- if is_contracted -%} {{ get_assert_columns_equivalent(no_rows) }} {%- endif -%}
        {% call statement('empty') -%}
            create table {{ target_relation }}
            {% if is_contracted -%} {{ get_table_columns_and_constraints() }}
            {%- else -%} as select * from ({{ no_rows }}) where false
            {%- endif %}
        {%- endcall %}
    {%- elif wanted -%}
        {% call statement('take_out') -%}
            delete from {{ target_relation }} where {{ day }} in ('{{ wanted | join("', '") }}')
        {%- endcall %}
    {%- endif -%}

    {%- set spans = [] -%}
    {%- for date in wanted -%}
        {%- if spans and (date - spans[-1][1]).days == 1 and (date - spans[-1][0]).days < at_once -%}
            {%- do spans.append((spans.pop()[0], date)) -%}
        {%- else -%}
            {%- do spans.append((date, date)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for first, last in spans -%}
        {% call statement('days_' ~ loop.index) -%}
            insert into {{ target_relation }} by name {{ between_days(sql, first, last) }}
        {%- endcall %}
    {%- endfor -%}
    {% call statement('main') -%}
        select count(*) from {{ target_relation }}
    {%- endcall %}

    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The days a statement is to read: those at work, and some before and after them. #}
{% macro days_at_work(column, before=0, after=0) -%}
    {{ column }} between {{ first_day_at_work() }} - {{ before }} and {{ last_day_at_work() }} + {{ after }}
{%- endmacro %}

{# Bounds that reach everything, and leave room for days before and after. #}
{% macro first_day_at_work() -%} date '1000-01-01' {%- endmacro %}
{% macro last_day_at_work() -%} date '9000-12-31' {%- endmacro %}

{% macro between_days(sql, first, last) -%}
    {{ return(
        sql.replace(first_day_at_work(), "date '" ~ (first or '1000-01-02') ~ "'")
        .replace(last_day_at_work(), "date '" ~ (last or '1000-01-01') ~ "'")
    ) }}
{%- endmacro %}
