{# A bound of the 95 % Wilson interval of a share, DECIMAL(18,8); NULL without a base or where it is no share.
   Source: E. B. Wilson, JASA 22 (1927). `sign` is '-' for the lower bound and '+' for the upper one. #}
{% macro wilson_bound(numerator, denominator, condition, sign) -%}
    {%- set n = "cast(" ~ denominator ~ " as double)" -%}
    {%- set p = "(cast(" ~ numerator ~ " as double) / " ~ n ~ ")" -%}
    {%- set z2 = "3.8414588206941254" -%}
    case
        when {{ condition }} and {{ denominator }} > 0 and {{ numerator }} between 0 and {{ denominator }}
            then cast(greatest(0, least(1, (
                {{ p }} + {{ z2 }} / (2 * {{ n }})
                {{ sign }} sqrt({{ z2 }} * ({{ p }} * (1 - {{ p }}) + {{ z2 }} / (4 * {{ n }})) / {{ n }})
            ) / (1 + {{ z2 }} / {{ n }}))) as decimal(18, 8))
    end
{%- endmacro %}
