-- One row per register, area and day: how much was in force when published figures say so, and on the last day.

with span as (
    select
        min(first_date) as first_date,
        cast(max(as_of) as date) as last_date
    from {{ ref('dim_feed') }}
    where not is_register
),

-- A register read before any event is known, or after the last, says nothing that this warehouse could stand for.
asked as (
    select distinct figure.as_of
    from {{ ref('published_figure') }} as figure
    inner join span on figure.as_of >= span.first_date and figure.as_of <= span.last_date
    union distinct
    select last_date as as_of
    from span
    where last_date is not null
),

registered as (
    {%- for slice in register_slices() %}
    select * from {{ ref('int_register_' ~ slice) }}
    {{- "
    union all by name" if not loop.last }}
    {%- endfor %}
),

city as (
    select area_code as city_code
    from {{ ref('dim_area') }}
    where level = 'city'
),

final as (
    select
        registered.register_code,
        case
            when grouping(registered.district_code) = 0 then 'district'
            when grouping(registered.region_code) = 0 then 'region'
            else 'city'
        end as area_level,
        if(
            area_level = 'city', any_value(city.city_code), coalesce(registered.district_code, registered.region_code)
        ) as area_code,
        asked.as_of,
        count(*) as row_count,
        -- Who stands in a register twice counts once.
        cast(
            if(
                count(registered.subject) > 0, count(distinct registered.subject), sum(registered.quantity)
            ) as decimal(18, 2)
        ) as quantity
    from registered
    inner join asked
        on
            registered.valid_from <= asked.as_of
            and coalesce(registered.valid_to, date '9999-12-31') >= asked.as_of
    cross join city
    group by
        grouping sets (
            (registered.register_code, asked.as_of),
            (registered.register_code, asked.as_of, registered.district_code),
            (registered.register_code, asked.as_of, registered.region_code)
        )
    -- What has no area stands in the city's row alone.
    having area_code is not null
)

select * from final
