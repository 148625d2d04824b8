-- One row per dispute, item of deliberation or hazard that a published figure counts, on the day that makes it count.
with dispute as (
    select
        case feed when 'mediation_case' then 'mediation.reported' else 'dispute.found' end as count_code,
        reported_at as moment,
        region_code
    from {{ ref('fct_dispute') }}
    union all
    select
        'mediation.closed' as count_code,
        closed_at as moment,
        region_code
    from {{ ref('fct_dispute') }}
    where feed = 'mediation_case'
    union all
    select
        'hazard.found' as count_code,
        found_at as moment,
        region_code
    from {{ ref('fct_hazard') }}
),

deliberation as (
    select
        unnest([
            'deliberation.raised',
            'deliberation.closed',
            if(item.satisfaction is not null, 'deliberation.graded', null),
            if(item.satisfaction = 'satisfied', 'deliberation.satisfied', null)
        ]) as count_code,
        unnest([item.raised_at, item.closed_at, item.closed_at, item.closed_at]) as moment,
        area.region_code
    from {{ ref('stg_mediation_deliberation') }} as item
    left join {{ ref('dim_area') }} as area on item.area_code = area.area_code
),

listed as (
    select * from dispute
    union all
    select * from deliberation
),

final as (
    select
        count_code,
        cast(moment as date) as day_date,
        region_code,
        cast(1 as decimal(28, 8)) as amount,
        cast(null as varchar) as subject
    from listed
    where count_code is not null and moment is not null
)

select * from final
