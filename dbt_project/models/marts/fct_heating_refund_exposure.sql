-- One row per day, street, heating company and refund tier: household-days whose rooms were that cold on the mean.
-- An exposure, not a debt: a refund needs a certified measurement and the supplier's fault.
-- depends_on: {{ ref('int_heating_day_touched') }}
{{ config(materialized='by_day', day='measured_date', days='is_near_room', at_once=31) }}

-- The coldest room of a dwelling speaks for it; whole days only, and rooms with a standard.
with household_day as (
    select
        point.measured_date,
        arg_min(point.street_code, point.point_id) as street_code,
        arg_min(point.enterprise_name, point.point_id) as enterprise_name,
        max(tier.refund_share) as refund_share
    from {{ ref('int_heating_point_day') }} as point
    inner join {{ ref('int_heating_day') }} as day on point.measured_date = day.date_day
    inner join {{ ref('refund_tier') }} as tier
        on
            point.measured_date >= tier.valid_from
            and point.measured_date <= coalesce(tier.valid_to, date '9999-12-31')
            -- The mean of the day's valid readings, without dividing.
            and point.valid_sum >= cast(tier.from_c * 100 as bigint) * point.valid_reading_count
            and point.valid_sum < cast(tier.below_c * 100 as bigint) * point.valid_reading_count
    where
        {{ days_at_work('point.measured_date') }}
        and point.counted_hour_count >= day.full_day_min_hours
        and point.room_type in ('bedroom', 'living')
    group by point.measured_date, coalesce(point.dwelling_code, point.point_id)
),

final as (
    select
        household_day.measured_date,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        household_day.enterprise_name,
        tier.tier,
        household_day.refund_share,
        count(*) as household_day_count,
        cast(sum(household_day.refund_share) as decimal(18, 4)) as fee_days
    from household_day
    inner join {{ ref('refund_tier') }} as tier
        on
            household_day.refund_share = tier.refund_share
            and household_day.measured_date >= tier.valid_from
            and household_day.measured_date <= coalesce(tier.valid_to, date '9999-12-31')
    left join {{ ref('dim_area') }} as area on household_day.street_code = area.area_code and area.level = 'street'
    group by all
)

select * from final
