-- One row per pipe section and report: kilometres done against the plan, last delivered.
with version as (
    {{ current_version('heating_pipe_renewal', key=['project_no', 'report_date']) }}
),

final as (
    select
        version.project_no,
        version.report_date,
        version.enterprise_name,
        version.planned_km,
        version.done_km,
        version.planned_date,
        street.area_code,
        case when street.area_code is null then 'none' else 'street' end as area_resolution
    from version
    left join {{ ref('area') }} as street on version.street_code = street.area_code and street.level = 'street'
)

select * from final
