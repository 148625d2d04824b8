-- Each row is a raw year-on-year count whose two counts are not those behind the KPI of the same name.
{{ config(name='fct_kpi_change__raw_counts_are_those_of_the_published_year_on_year') }}

select
    change.*,
    figure.numerator,
    figure.denominator
from {{ ref('fct_kpi_change') }} as change
left join {{ ref('fct_kpi_value') }} as figure
    on
        figure.kpi_code = if(change.series = 'city_all', 'hotline.case_yoy', 'hotline.direct_line_yoy')
        and figure.period_grain = 'month'
        and change.period_start = figure.period_start
        and change.area_level = figure.area_level
        and change.area_code = figure.area_code
where
    change.series in ('city_all', 'province_heating') and change.comparison = 'yoy' and change.method = 'raw'
    and change.current_count + change.base_count > 0
    and (change.current_count - change.base_count, change.base_count)
    is distinct from (cast(figure.numerator as bigint), cast(figure.denominator as bigint))
