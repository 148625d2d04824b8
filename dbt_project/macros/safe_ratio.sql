{# The only way to divide: NULL without a base, else DECIMAL(18,8) rounded half up.
   DuckDB divides decimals as doubles, where 0/0 is NaN and NaN sorts first; so this counts in whole 1/10000 instead. #}
{% macro safe_ratio(numerator, denominator) -%}
    {%- set n = "cast(cast(" ~ numerator ~ " as decimal(18, 4)) * 10000 as hugeint)" -%}
    {%- set d = "cast(cast(" ~ denominator ~ " as decimal(18, 4)) * 10000 as hugeint)" -%}
    case
        when {{ denominator }} <> 0
            then cast(
                sign({{ n }}) * sign({{ d }})
                * cast((abs({{ n }}) * 200000000 + abs({{ d }})) // (abs({{ d }}) * 2) as decimal(24, 0))
                * cast(0.00000001 as decimal(8, 8)) as decimal(18, 8)
            )
    end
{%- endmacro %}
