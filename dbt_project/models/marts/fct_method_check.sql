-- One row per published figure and reading: our formulas on the counts of public bulletins, and whether they agree.

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

figure as (
    select
        *,
        cast(power(10, published_scale + 2) as bigint) as places
    from {{ ref('method_bulletin') }}
),

{{ worked_figure('figure', 'term') }},

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
