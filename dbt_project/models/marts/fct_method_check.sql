-- One row per published figure and reading: our formulas on the counts of public bulletins, and whether they agree.
{{ config(meta={'public': true}) }}

with term as (
    select
        counted.check_id,
        counted.part,
        counted.term_order,
        counted.name_zh,
        counted.name_en,
        counted.value * if(counted.grade is null, 1, weight.weight) as amount,
        if(counted.value < 0, ' - ', ' + ') as sign,
        coalesce(format('{:,}', abs(counted.value)), '?')
        || coalesce('×' || rtrim(rtrim(cast(weight.weight as varchar), '0'), '.'), '') as amount_text
    from {{ ref('method_bulletin_count') }} as counted
    inner join {{ ref('method_bulletin') }} as bulletin on counted.check_id = bulletin.check_id
    -- The weights of our own KPI: were they others, these figures would no longer come out.
    left join {{ ref('satisfaction_weight') }} as weight
        on
            counted.grade = weight.grade
            and bulletin.period_end between weight.valid_from and coalesce(weight.valid_to, date '9999-12-31')
),

part as (
    select
        check_id,
        part,
        -- A count that was not published leaves its whole part unknown.
        if(count(*) = count(amount), sum(amount), null) as amount,
        if(count(*) = 1, '{}', '({})') as bracket,
        format(bracket, substr(string_agg(sign || name_zh || amount_text, '' order by term_order), 4)) as text_zh,
        format(bracket, substr(string_agg(sign || name_en || ' ' || amount_text, '' order by term_order), 4)) as text_en
    from term
    group by check_id, part
),

-- The published figure stands for every value from low up to, not with, high: half a unit of its last place each way.
figure as (
    select
        bulletin.*,
        numerator.amount as given,
        cast(denominator.amount as bigint) as base,
        case bulletin.form
            when 'remainder' then '1 - {} ÷ {} = '
            when 'change' then '{} ÷ {} - 1 = '
            else '{} ÷ {} = '
        end as pattern,
        format(pattern, numerator.text_zh, denominator.text_zh) as formula_zh,
        format(pattern, numerator.text_en, denominator.text_en) as formula_en,
        cast(power(10, bulletin.published_scale + 2) as bigint) as places,
        cast(bulletin.published_value * places as bigint) * 2 - 1 as low,
        low + 2 as high
    from {{ ref('method_bulletin') }} as bulletin
    inner join part as numerator on bulletin.check_id = numerator.check_id and numerator.part = 'numerator'
    inner join part as denominator on bulletin.check_id = denominator.check_id and denominator.part = 'denominator'
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
    from figure
),

solved as (
    select
        *,
        {{ safe_ratio('numerator', 'base') }} as value, -- noqa: RF04
        cast(value * 100000000 as bigint) as finest,
        100000000 // places as unit,
        if(base is null, scaled // far, if(given is null, (base * near - 1 + swap) // halves, null)) + 1 as lowest,
        if(base is null, scaled // near, if(given is null, (base * far - 1 + swap) // halves, null)) as highest
    from bound
),

compared as (
    select
        *,
        sign(finest) * ((abs(finest) * 2 + unit) // (unit * 2)) * unit * cast(0.00000001 as decimal(8, 8)) as rounded,
        finest // unit * unit * cast(0.00000001 as decimal(8, 8)) as truncated,
        case
            when value is not null then 'computed'
            when lowest = highest then 'one'
            when lowest < highest then 'range'
            when lowest > highest then 'none'
        end as outcome
    from solved
),

final as (
    select
        check_id,
        bulletin_id,
        measure,
        name_zh,
        name_en,
        published_text,
        published_value,
        cast(published_scale as bigint) as published_scale,
        cast(numerator as decimal(18, 4)) as numerator,
        cast(base as decimal(18, 4)) as denominator,
        value,
        cast(rounded as decimal(18, 8)) as rounded_value,
        cast(truncated as decimal(18, 8)) as truncated_value,
        abs(rounded - published_value) * places <= 1 as is_within_one_unit,
        if(outcome in ('one', 'range'), lowest, null) as solved_from,
        if(outcome in ('one', 'range'), highest, null) as solved_to,
        expectation,
        case
            when outcome in ('one', 'range') then 'consistent'
            when rounded = published_value then 'reproduced'
            when truncated = published_value then 'truncated'
            else 'not_reproduced'
        end as verdict,
        formula_zh || case outcome
            when 'computed'
                then printf('%.6f%%，四舍五入%.*f%%，公布%s', value * 100, published_scale, rounded * 100, published_text)
            when 'one' then format('{}，?只能是{:,}', published_text, lowest)
            when 'range' then format('{}，?为{:,}至{:,}', published_text, lowest, highest)
            when 'none' then format('{}，没有整数能得出', published_text)
            else format('{}，件数未公布，无从验算', published_text)
        end as working_zh,
        formula_en || case outcome
            when 'computed'
                then printf(
                    '%.6f%%, rounded %.*f%%, published %s', value * 100, published_scale, rounded * 100, published_text
                )
            when 'one' then format('{}, ? can only be {:,}', published_text, lowest)
            when 'range' then format('{}, ? from {:,} to {:,}', published_text, lowest, highest)
            when 'none' then format('{}, no whole number gives it', published_text)
            else format('{}, no counts published, nothing to check', published_text)
        end as working_en,
        source,
        note_zh,
        note_en
    from compared
)

select * from final
