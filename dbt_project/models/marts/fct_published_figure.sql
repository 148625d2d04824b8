-- One row per published figure and reading: its arithmetic, what this warehouse measures, and whether they agree.

with delivered as (
    select distinct
        figure_no,
        part
    from {{ ref('stg_quality_published_figure') }}
),

joined as (
    select
        figure.*,
        worked.outcome,
        worked.value as arithmetic_value,
        worked.solved_from,
        worked.solved_to,
        worked.holds,
        coalesce(worked.is_cut_off, false) as is_cut_off,
        coalesce(worked.working_zh, figure.formula_zh || '；公布' || figure.value_written) as arithmetic_zh,
        coalesce(worked.working_en, figure.formula_en || '; published ' || figure.value_en) as arithmetic_en,
        measured.numerator as measured_numerator,
        measured.denominator as measured_denominator,
        measured.value as measured_value,
        rule.value as rule_value,
        delivered.figure_no is not null as is_delivered,
        count(*) over (partition by figure.figure_no, figure.part) as reading_count,
        figure.unit in ('%', 'pp') as is_percentage,
        cast(power(10, figure.decimals + if(is_percentage, 2, 0)) as bigint) as places,
        cast(measured.value * 100000000 as hugeint) as finest
    from {{ ref('published_figure') }} as figure
    left join {{ ref('int_figure_worked') }} as worked on figure.figure_id = worked.figure_id
    left join {{ ref('int_figure_measure') }} as measured on figure.figure_id = measured.figure_id
    left join {{ ref('int_figure_rule') }} as rule on figure.figure_id = rule.figure_id
    left join delivered on figure.figure_no = delivered.figure_no and figure.part = delivered.part
),

compared as (
    select
        *,
        coalesce(measured_value > low or (measured_value = low and not is_low_open), true)
        and coalesce(measured_value < high or (measured_value = high and not is_high_open), true) as is_in_range,
        -- Some figures are cut off instead of rounded (X05): one unit of the last place, and it is said.
        not is_in_range and figure_class in ('A', 'B') and (is_percentage or decimals > 0)
        and finest // (100000000 // places) = cast(value * places as hugeint) as is_measured_cut_off,
        if(
            is_percentage,
            printf('%.6f%%', measured_value * 100),
            rtrim(rtrim(format('{:,.4f}', cast(measured_value as double)), '0'), '.')
        ) as value_text,
        if(
            measure = 'count',
            value_text,
            format(
                '{:,} ÷ {:,} → {}', cast(measured_numerator as bigint), cast(measured_denominator as bigint), value_text
            )
        ) as measured_text
    from joined
),

judged as (
    select
        *,
        case
            when figure_class = 'E' then 'external'
            when figure_class = 'rule' then if(coalesce(rule_value = value, true), 'rule', 'not_reproduced')
            when other_figure is not null then if(holds, 'reproduced', 'contradictory')
            when not holds then 'not_reproduced'
            when figure_class = 'X' then if(reading_count > 1, 'ambiguous', 'reproduced')
            -- A plan that reconciles with itself: the arithmetic is the reproduction.
            when measure = 'arithmetic' and holds then if(figure_class = 'C', 'within_interval', 'reproduced')
            when measure = 'arithmetic' then 'not_reproduced'
            when measured_value is null then 'not_measured'
            when not is_in_range and not is_measured_cut_off then 'not_reproduced'
            when figure_class = 'C' then 'within_interval'
            else 'reproduced'
        end as verdict,
        -- The ledger is sound, and this city's data or rules say otherwise: to be asked, no reason to publish nothing.
        verdict = 'not_reproduced' and coalesce(holds, true) and measure <> 'arithmetic' as is_measured_otherwise
    from compared
),

bulletin as (
    select
        check_id as figure_id,
        bulletin_id as figure_no,
        measure as part,
        'method' as theme,
        'E' as figure_class,
        name_zh,
        name_en,
        published_text as quote,
        published_text as value_written,
        published_text as value_en,
        published_value as value, -- noqa: RF04
        '%' as unit,
        source,
        name_zh || '：别处通报，用来检验公式' as formula_zh,
        name_en || ': a bulletin of another place, it tests our formulas' as formula_en,
        'external' as measure,
        value as arithmetic_value,
        solved_from,
        solved_to,
        verdict = 'truncated' as is_truncated,
        'external' as expectation,
        'external' as verdict,
        working_zh,
        working_en,
        concat_ws('；', '口径登记结论：' || verdict, note_zh) as note_zh,
        concat_ws('; ', 'method registry: ' || verdict, note_en) as note_en
    from {{ ref('fct_method_check') }}
),

listed as (
    select
        *,
        is_cut_off or coalesce(is_measured_cut_off, false) as is_truncated,
        arithmetic_zh || coalesce('；本库实测' || measured_text, '') as working_zh,
        arithmetic_en || coalesce('; measured here ' || measured_text, '') as working_en
    from judged
    union all by name
    select * from bulletin
),

final as (
    select
        figure_id,
        figure_no,
        part,
        reading,
        theme,
        figure_class,
        name_zh,
        name_en,
        quote,
        value_written,
        value_en,
        cast(value as decimal(18, 6)) as value, -- noqa: RF04
        cast(low as decimal(18, 6)) as low,
        cast(high as decimal(18, 6)) as high,
        is_low_open,
        is_high_open,
        unit,
        number_reading,
        area_name,
        area_code,
        published_on,
        as_of,
        period_start,
        source,
        formula_zh,
        formula_en,
        measure,
        measure_code,
        base_code,
        cast(arithmetic_value as decimal(18, 6)) as arithmetic_value,
        solved_from,
        solved_to,
        cast(measured_numerator as decimal(18, 4)) as measured_numerator,
        cast(measured_denominator as decimal(18, 4)) as measured_denominator,
        cast(measured_value as decimal(18, 6)) as measured_value,
        measured_text,
        is_truncated,
        coalesce(is_delivered, false) as is_delivered,
        expectation,
        verdict,
        coalesce(is_measured_otherwise, false) as is_measured_otherwise,
        working_zh,
        working_en,
        other_figure,
        note_zh,
        note_en
    from listed
)

select * from final
