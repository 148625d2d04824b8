-- One row per rule and row of a register that breaks it: kept and counted, but shown to the office that can repair it.
with compound as (
    select
        *,
        coalesce(valid_to, date '9999-12-31') as last_date
    from {{ ref('dim_compound') }}
    where is_in_use
),

-- What the register of companies says on the last day on which the compound names the company.
answered as (
    select
        compound.compound_id,
        compound.valid_from,
        arg_max(company.is_in_use, company.valid_from) as is_in_use,
        max(company.valid_from) as company_date
    from compound
    inner join {{ ref('dim_property_company') }} as company
        on compound.company_id = company.company_id and compound.last_date >= company.valid_from
    group by compound.compound_id, compound.valid_from
),

without_company as (
    select
        'compound_without_company_row' as rule_code,
        'property_compound' as feed,
        compound.compound_id as subject_code,
        compound.company_id as related_code,
        greatest(compound.valid_from, coalesce(answered.company_date, compound.valid_from)) as flagged_date,
        compound.street_code,
        compound.district_code,
        compound.region_code
    from compound
    left join answered on compound.compound_id = answered.compound_id and compound.valid_from = answered.valid_from
    -- A city that does not deliver the register of companies is not at fault a thousand times.
    where
        compound.company_id is not null
        and not coalesce(answered.is_in_use, false)
        and exists (select 1 from {{ ref('dim_property_company') }})
),

mode_conflict as (
    select
        'compound_mode_conflict' as rule_code,
        'property_compound' as feed,
        compound_id as subject_code,
        company_id as related_code,
        valid_from as flagged_date,
        street_code,
        district_code,
        region_code
    from compound
    where
        has_two_modes
        -- A company serves; without one nobody does it professionally, and with one nobody has abandoned the compound.
        or coalesce((mode = 'professional' and company_id is null), false)
        or coalesce((mode in ('self', 'none') and company_id is not null), false)
),

community as (
    select *
    from {{ ref('dim_community') }}
    where valid_to is null
),

-- One row per community, never per person.
in_closed_community as (
    select
        'worker_in_closed_community' as rule_code,
        'capacity_worker' as feed,
        worker.community_code as subject_code,
        cast(null as varchar) as related_code,
        greatest(min(worker.valid_from), coalesce(any_value(community.valid_from), min(worker.valid_from)))
            as flagged_date,
        any_value(worker.street_code) as street_code,
        any_value(worker.district_code) as district_code,
        any_value(worker.region_code) as region_code
    from {{ ref('int_capacity_worker') }} as worker
    left join community on worker.community_code = community.community_code
    where
        worker.valid_to is null and worker.is_in_post and not coalesce(community.is_in_use, false)
        and exists (select 1 from community)
    group by worker.community_code
),

final as (
    select * from without_company
    union all by name
    select * from mode_conflict
    union all by name
    select * from in_closed_community
)

select * from final
