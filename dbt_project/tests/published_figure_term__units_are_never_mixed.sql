-- Each row is arithmetic that adds, or divides to a share, figures counted in different units: 件, 件次, 人次, 户.
{{ config(name='published_figure_term__units_are_never_mixed') }}

with counted as (
    select
        figure.figure_id,
        figure.form,
        term.part,
        -- 名 and 人 are both persons; 人次 are none.
        if(referred.unit = '人', '名', referred.unit) as unit
    from {{ ref('published_figure') }} as figure
    inner join {{ ref('published_figure_term') }} as term on figure.figure_id = term.figure_id
    inner join {{ ref('published_figure') }} as referred on term.figure_ref = referred.figure_id
    where abs(term.factor) = 1
),

measured as (
    select
        figure.figure_id,
        'share' as form,
        unnest(['numerator', 'denominator']) as part,
        unnest([numerator.unit, denominator.unit]) as unit
    from {{ ref('published_figure') }} as figure
    inner join {{ ref('published_figure') }} as numerator
        on figure.measure_code = numerator.measure_code and numerator.measure = 'count'
    inner join {{ ref('published_figure') }} as denominator
        on figure.base_code = denominator.measure_code and denominator.measure = 'count'
    where figure.measure = 'ratio' and figure.form in ('share', 'change')
),

listed as (
    select * from counted
    union all by name
    select * from measured
),

final as (
    select
        figure_id,
        form,
        count(distinct unit) as unit_count,
        -- A mean may put persons over grids; never cases, services, attendances, households or persons over another.
        count(distinct unit) filter (where unit in ('件', '件次', '人次', '户', '名')) as protected_count
    from listed
    group by figure_id, form
)

select *
from final
where (form <> 'ratio' and unit_count > 1) or protected_count > 1
