-- One row per rule and record of the programme that breaks it: what contradicts itself or cannot show what it claims.
with flagged as (
    select
        'service_item_not_listed' as rule_code,
        'capacity_service_case' as feed,
        service.service_no as subject_code,
        service.item_code as related_code,
        cast(service.accepted_at as date) as flagged_date,
        service.area_code as street_code
    from {{ ref('stg_capacity_service_case') }} as service
    left join {{ ref('service_item') }} as item
        on service.item_code = item.item_code and service.service_list = item.service_list
    where item.item_code is null
    union all
    select
        'livelihood_solved_before_listed' as rule_code,
        'capacity_livelihood_item' as feed,
        item_no as subject_code,
        cast(null as varchar) as related_code,
        listed_date as flagged_date,
        street_code
    from {{ ref('fct_livelihood_item') }}
    where has_time_flaw
    union all
    -- Today's state of each measure: a paper filed later answers the question.
    select
        'measure_done_without_evidence' as rule_code,
        'capacity_programme_measure' as feed,
        measure_no as subject_code,
        cast(task_no as varchar) as related_code,
        valid_from as flagged_date,
        cast(null as varchar) as street_code
    from {{ ref('dim_programme_measure') }}
    where valid_to is null and is_done and evidence_no is null
    union all
    select
        'catalogue_lost_records' as rule_code,
        'quality_catalogue_snapshot' as feed,
        department_code as subject_code,
        strftime(month_start, '%Y-%m') as related_code,
        month_start as flagged_date,
        cast(null as varchar) as street_code
    from {{ ref('fct_catalogue_month') }}
    where new_record_count < 0
),

final as (
    select
        flagged.rule_code,
        flagged.feed,
        flagged.subject_code,
        flagged.related_code,
        flagged.flagged_date,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code
    from flagged
    left join {{ ref('dim_area') }} as area on flagged.street_code = area.area_code
)

select * from final
