-- One row per figure of the ledger that has published counts: what its arithmetic gives, or which whole numbers can.
with figure as (
    select
        figure_id as check_id,
        form,
        value as published_value,
        value_written,
        value_en,
        number_reading,
        low as claimed_low,
        high as claimed_high,
        is_low_open,
        is_high_open,
        unit in ('%', 'pp') as is_percentage,
        cast(power(10, decimals + if(is_percentage, 2, 0)) as bigint) as places,
        decimals
    from {{ ref('published_figure') }}
),

counted as (
    select
        term.*,
        coalesce(term.value, referred.value) * term.factor as amount,
        coalesce(term.value, referred.value) as unit_amount,
        referred.value_written
    from {{ ref('published_figure_term') }} as term
    left join {{ ref('published_figure') }} as referred on term.figure_ref = referred.figure_id
),

term as (
    select
        figure_id as check_id,
        part,
        term_order,
        name_zh || case origin when 'chosen' then '（选定）' when 'inferred' then '（推算）' else '' end as name_zh,
        name_en || case origin when 'chosen' then ' (chosen)' when 'inferred' then ' (inferred)' else '' end as name_en,
        cast(amount as decimal(18, 4)) as amount,
        if(amount < 0, ' - ', ' + ') as sign,
        case
            when unit_amount is null then '?'
            when unit_amount = floor(unit_amount) then format('{:,}', abs(cast(unit_amount as bigint)))
            else rtrim(cast(abs(unit_amount) as varchar), '0')
        end
        || if(abs(factor) = 1, '', format('×{:,}', abs(factor))) as amount_text
    from counted
),

{{ worked_figure('figure', 'term') }},

judged as (
    select
        *,
        case
            when outcome = 'computed'
                then
                    coalesce(value > claimed_low or (value = claimed_low and not is_low_open), true)
                    and coalesce(value < claimed_high or (value = claimed_high and not is_high_open), true)
            else coalesce(outcome in ('one', 'range'), false)
        end as is_in_range,
        -- Only what was written as a percentage or with decimals can have lost some.
        outcome = 'computed' and not is_in_range and truncated = published_value
        and number_reading <> 'multiple' and (is_percentage or decimals > 0) as is_cut_off,
        if(
            is_percentage,
            printf('%.6f%%', value * 100),
            rtrim(rtrim(format('{:,.4f}', cast(value as double)), '0'), '.')
        ) as value_text
    from compared
),

final as (
    select
        check_id as figure_id,
        outcome,
        cast(value as decimal(28, 8)) as value, -- noqa: RF04
        if(outcome in ('one', 'range'), lowest, null) as solved_from,
        if(outcome in ('one', 'range'), highest, null) as solved_to,
        is_in_range or is_cut_off as holds,
        is_cut_off,
        formula_zh || case outcome
            when 'computed' then format('{}，公布{}', value_text, value_written)
            when 'one' then format('{}，?只能是{:,}', value_written, lowest)
            when 'range' then format('{}，?为{:,}至{:,}', value_written, lowest, highest)
            when 'none' then format('{}，没有整数能得出', value_written)
            else format('{}，件数未公布，无从验算', value_written)
        end as working_zh,
        formula_en || case outcome
            when 'computed' then format('{}, published {}', value_text, value_en)
            when 'one' then format('{}, ? can only be {:,}', value_en, lowest)
            when 'range' then format('{}, ? from {:,} to {:,}', value_en, lowest, highest)
            when 'none' then format('{}, no whole number gives it', value_en)
            else format('{}, no counts published, nothing to check', value_en)
        end as working_en
    from judged
)

select * from final
