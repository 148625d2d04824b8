-- One row per pipe section to be renewed and report on it: kilometres done against the plan.

with final as (
    select
        report.project_no,
        report.report_date,
        report.enterprise_name,
        report.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        cast(report.planned_km as decimal(8, 3)) as planned_km,
        cast(report.done_km as decimal(8, 3)) as done_km,
        {{ safe_ratio('report.done_km', 'report.planned_km') }} as done_rate,
        report.planned_date,
        report.done_km >= report.planned_km as is_done,
        report.report_date = max(report.report_date) over (partition by report.project_no) as is_last_report
    from {{ ref('stg_heating_pipe_renewal') }} as report
    left join {{ ref('dim_area') }} as area on report.area_code = area.area_code
)

select * from final
