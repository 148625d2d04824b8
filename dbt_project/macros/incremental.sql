{# What the last finished build left of a model, or none: before the first build, and when everything is built anew.
   Not a ref: a model that reads its own past would be a circle in the graph. #}
{% macro left_by_last_build(schema, name) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=name)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{# Pre-hook of an incremental model: take out what this run brings anew. #}
{% macro take_out(condition) -%}
    {%- if is_incremental() %}delete from {{ this }} where {{ condition }}{% endif -%}
{%- endmacro %}

{# The same for rows of the cases that changed. #}
{% macro take_out_changed_cases() -%}
    {{ take_out("case_id in (select changed.case_id from " ~ ref('int_hotline_case_changed') ~ " as changed)") }}
{%- endmacro %}

{# Whether a period of a KPI is counted anew in this run: of the hotline when one of its days is, of the others always. #}
{% macro touched_period(kpi_code, grain, start) -%}
    ({{ kpi_code }} not like 'hotline.%' or ({{ grain }}, {{ start }}) in (
        select ('day', touched_day.touched_date)
        from {{ ref('int_hotline_date_touched') }} as touched_day
        union
        select ('month', cast(date_trunc('month', touched_month.touched_date) as date))
        from {{ ref('int_hotline_date_touched') }} as touched_month
    ))
{%- endmacro %}
