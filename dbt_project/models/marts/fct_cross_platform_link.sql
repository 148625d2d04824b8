-- One row per case of the direct line that is also a case of the city platform: the union of both counts it once.
with nearby as (
    select
        province.case_id,
        coalesce(named.case_id, city.case_id) as city_case_id,
        if(named.case_id is not null, 'source_number', 'same_caller') as link_rule
    from {{ ref('int_hotline_register') }} as province
    left join {{ ref('fct_case') }} as named
        on named.platform = 'city' and 'city/' || province.city_case_no = named.case_id
    inner join {{ ref('hotline_policy') }} as nearest
        on
            nearest.policy = 'cross_platform_days'
            and cast(province.received_at as date) >= nearest.valid_from
            and cast(province.received_at as date) <= coalesce(nearest.valid_to, date '9999-12-31')
    left join {{ ref('int_hotline_register') }} as city
        on
            city.platform = 'city'
            and province.caller_token = city.caller_token
            and province.category_name = city.category_name
            and city.received_at >= province.received_at - to_days(cast(nearest.value as int))
            and city.received_at <= province.received_at + to_days(cast(nearest.value as int))
    where province.platform = 'province' and coalesce(named.case_id, city.case_id) is not null
    qualify
        row_number() over (
            partition by province.case_id
            order by abs(epoch_us(city.received_at) - epoch_us(province.received_at)), city.case_id
        ) = 1
),

final as (
    select
        case_id,
        city_case_id,
        link_rule
    from nearby
)

select * from final
