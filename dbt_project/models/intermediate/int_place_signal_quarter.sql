-- One row per street, quarter and signal: its count, that of the quarter before, and whether it rose beyond chance.
{%- set signals = ['property_case', 'heating_matter', 'dispute', 'property_dispute', 'hazard', 'grid_event'] %}

with counted as (
    {%- for signal in signals %}
    select
        quarter_start,
        street_code,
        '{{ signal }}' as signal, -- noqa: RF04
        week_start,
        {{ signal }}_count as signal_count
    from {{ ref('fct_place_week') }}
    {{- "
    union all" if not loop.last }}
    {%- endfor %}
),

-- Weeks in which anybody in the city sent any: a source that began in between has fewer, and a season ends.
heard as (
    select
        quarter_start,
        signal,
        count(distinct week_start) as week_count
    from counted
    where signal_count > 0
    group by quarter_start, signal
),

-- Every street that is known of at all, in every quarter in which the signal was heard of.
cell as (
    select
        heard.quarter_start,
        heard.signal,
        heard.week_count,
        street.street_code
    from heard
    cross join (
        select distinct counted.street_code
        from counted
        where counted.street_code is not null
    ) as street
),

summed as (
    select
        cell.quarter_start,
        cell.signal,
        cell.week_count,
        cell.street_code,
        cast(coalesce(sum(counted.signal_count), 0) as bigint) as signal_count
    from cell
    left join counted
        on
            cell.quarter_start = counted.quarter_start
            and cell.signal = counted.signal
            and cell.street_code = counted.street_code
    group by cell.quarter_start, cell.signal, cell.week_count, cell.street_code
),

final as (
    select
        summed.quarter_start,
        summed.signal,
        summed.street_code,
        summed.week_count,
        summed.signal_count,
        before.week_count as previous_week_count,
        before.signal_count as previous_count,
        -- Two counts over unequal numbers of weeks differ by more than twice the error of their difference (Poisson),
        -- and there are ten of them: below that a rise is a chance. In whole numbers, nothing is divided.
        coalesce(
            summed.signal_count + before.signal_count >= 10
            and summed.signal_count * before.week_count > before.signal_count * summed.week_count
            and pow(summed.signal_count * before.week_count - before.signal_count * summed.week_count, 2)
            > 4 * (
                summed.signal_count * before.week_count * before.week_count
                + before.signal_count * summed.week_count * summed.week_count
            ),
            false
        ) as is_rising,
        rank() over (
            partition by summed.quarter_start, summed.signal order by summed.signal_count desc
        ) as count_rank
    from summed
    left join summed as before
        on
            summed.signal = before.signal
            and summed.street_code = before.street_code
            and before.quarter_start = summed.quarter_start - interval 3 month
)

select * from final
