-- One row per KPI, area and period: sums of contributions. Months are dense, days need something received.
-- Only the periods of hotline days counted anew are summed again; the other families are small and summed whole.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ take_out(touched_period('kpi_code', 'period_grain', 'period_start')) }}"
) }}
{%- set known = left_by_last_build('marts', 'fct_kpi_cell') %}

with contribution as (
    {%- for family in kpi_families() %}
    select * from {{ ref('kpi_' ~ family) }}
    {{- "
    union all by name" if not loop.last }}
    {%- endfor %}
),

kpi as (
    select
        contribution.kpi_code,
        contribution.feed,
        any_value(dim_feed.as_of) as as_of,
        -- A single row of long ago must not fill all the months since with emptiness.
        cast(date_trunc('month', greatest(
            min(contribution.period_date), cast(any_value(dim_feed.as_of) as date) - 3660
        )) as date) as first_month
    from contribution
    inner join {{ ref('dim_feed') }} as dim_feed on contribution.feed = dim_feed.feed
    where contribution.received_count > 0
    group by contribution.kpi_code, contribution.feed
),

place as (
    select
        level as area_level,
        area_code
    from {{ ref('dim_area') }}
    where level in ('city', 'district', 'street')
    union all
    select distinct
        'region' as area_level,
        region_code as area_code
    from {{ ref('dim_area') }}
    where region_code is not null
),

touched as (
    select
        * exclude (in_day),
        in_day and {{ touched_period('kpi_code', "'day'", 'period_date') }} as in_day
    from contribution
    where {{ touched_period('kpi_code', "'month'", "cast(date_trunc('month', period_date) as date)") }}
),

rolled as (
    {{ roll_up('touched') }}
),

cell as (
    select
        kpi.kpi_code,
        place.area_level,
        place.area_code,
        'month' as period_grain,
        cast(series.moment as date) as period_start
    from kpi
    cross join place
    cross join generate_series(kpi.first_month, date_trunc('month', kpi.as_of), interval 1 month) as series (moment)
    {%- if known %}
    -- Those counted anew have been taken out; a feed that reaches further back than it did gains months besides.
    where
        (kpi.kpi_code, place.area_level, place.area_code, cast(series.moment as date)) not in (
            select (known.kpi_code, known.area_level, known.area_code, known.period_start)
            from {{ known }} as known
            where known.period_grain = 'month'
        )
    {%- endif %}
    union all
    select
        rolled.kpi_code,
        rolled.area_level,
        rolled.area_code,
        rolled.period_grain,
        rolled.period_start
    from rolled
    inner join kpi on rolled.kpi_code = kpi.kpi_code
    -- A day after the as-of is nobody's result yet; its cases wait as immature in their month.
    where
        rolled.period_start <= kpi.as_of
        and if(rolled.period_grain = 'day', rolled.received_count > 0, rolled.period_start < kpi.first_month)
),

final as (
    select
        cell.*,
        kpi.feed,
        coalesce(rolled.numerator, 0) as numerator,
        coalesce(rolled.denominator, 0) as denominator,
        coalesce(rolled.received_count, 0) as received_count,
        coalesce(rolled.counted_count, 0) as counted_count,
        coalesce(rolled.excluded_count, 0) as excluded_count,
        coalesce(rolled.immature_count, 0) as immature_count,
        coalesce(rolled.open_not_due_count, 0) as open_not_due_count,
        coalesce(rolled.provisional_count, 0) as provisional_count,
        coalesce(rolled.excluded_by_reason, '{}') as excluded_by_reason
    from cell
    inner join kpi on cell.kpi_code = kpi.kpi_code
    left join rolled
        on
            cell.kpi_code = rolled.kpi_code
            and cell.area_level = rolled.area_level
            and cell.area_code = rolled.area_code
            and cell.period_grain = rolled.period_grain
            and cell.period_start = rolled.period_start
)

select * from final
