{# The working of published figures: CTEs from the counts to what they give, the last of them `compared`.

   `figure` has one row per check_id with form, published_value and places (10 to the published decimals of the value
   itself); `term` one row per count with part, amount (NULL where not published), sign and amount_text. Where one count
   is missing, every whole number that gives the published value is found by arithmetic, none by guessing: `outcome` is
   computed, one, range, none, or NULL where nothing can be said. Used by fct_method_check and fct_published_figure. #}
{% macro worked_figure(figure, term) -%}
part as (
    select
        check_id,
        part,
        -- A count that was not published leaves its whole part unknown.
        if(count(*) = count(amount), sum(amount), null) as amount,
        if(count(*) = 1, '{}', '({})') as bracket,
        format(bracket, substr(string_agg(sign || name_zh || amount_text, '' order by term_order), 4)) as text_zh,
        format(bracket, substr(string_agg(sign || name_en || ' ' || amount_text, '' order by term_order), 4)) as text_en
    from {{ term }}
    group by check_id, part
),

-- The published figure stands for every value from low up to, not with, high: half a unit of its last place each way.
stated as (
    select
        {{ figure }}.*,
        numerator.amount as given,
        cast(if({{ figure }}.form = 'total', 1, denominator.amount) as bigint) as base,
        case {{ figure }}.form
            when 'remainder' then '1 - {} ÷ {} = '
            when 'change' then '{} ÷ {} - 1 = '
            when 'total' then '{}{} = '
            else '{} ÷ {} = '
        end as pattern,
        format(pattern, numerator.text_zh, coalesce(denominator.text_zh, '')) as formula_zh,
        format(pattern, numerator.text_en, coalesce(denominator.text_en, '')) as formula_en,
        cast({{ figure }}.published_value * {{ figure }}.places as bigint) * 2 - 1 as low,
        low + 2 as high
    from {{ figure }}
    inner join part as numerator on {{ figure }}.check_id = numerator.check_id and numerator.part = 'numerator'
    left join part as denominator on {{ figure }}.check_id = denominator.check_id and denominator.part = 'denominator'
),

-- given ÷ base then lies between near and far, in halves of the last place; a remainder is open at the other end.
bound as (
    select
        *,
        case form when 'remainder' then base - given when 'change' then given - base else given end as numerator,
        places * 2 as halves,
        case form when 'remainder' then halves - high when 'change' then halves + low else low end as near,
        case form when 'remainder' then halves - low when 'change' then halves + high else high end as far,
        if(form = 'remainder', 1, 0) as swap,
        cast(given as bigint) * halves - swap as scaled
    from stated
),

solved as (
    select
        *,
        {{ safe_ratio('numerator', 'base') }} as value, -- noqa: RF04
        cast(cast(value as decimal(28, 8)) * 100000000 as bigint) as finest,
        100000000 // places as unit_size,
        if(base is null, scaled // far, if(given is null, (base * near - 1 + swap) // halves, null)) + 1 as lowest,
        if(base is null, scaled // near, if(given is null, (base * far - 1 + swap) // halves, null)) as highest
    from bound
),

compared as (
    select
        *,
        cast(
            sign(finest) * ((abs(finest) * 2 + unit_size) // (unit_size * 2)) * unit_size as decimal(24, 0)
        ) * cast(0.00000001 as decimal(8, 8)) as rounded,
        cast(finest // unit_size * unit_size as decimal(24, 0)) * cast(0.00000001 as decimal(8, 8)) as truncated,
        case
            when value is not null then 'computed'
            when lowest = highest then 'one'
            when lowest < highest then 'range'
            when lowest > highest then 'none'
        end as outcome
    from solved
)
{%- endmacro %}
