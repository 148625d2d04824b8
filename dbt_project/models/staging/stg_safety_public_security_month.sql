-- One row per street, month and class: the count as last published.
with version as (
    {{ current_version(
        'safety_public_security_month', key=['street_code', "date_trunc('month', month)", 'incident_class'],
        version='published_at'
    ) }}
),

final as (
    select
        version.street_code as stated_street_code,
        cast(date_trunc('month', version.month) as date) as month,
        version.incident_class,
        version.incident_count,
        version.published_at,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street on version.street_code = street.area_code and street.level = 'street'
)

select * from final
