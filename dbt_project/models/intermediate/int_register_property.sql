-- One row per compound and span of days in use: the modes of management and the companies that serve them.
with compound as (
    select
        valid_from,
        valid_to,
        district_code,
        region_code,
        unnest(['compound.mode', 'company.in_use']) as register_code,
        unnest([if(is_covered, mode, null), company_id]) as subject
    from {{ ref('dim_compound') }}
    where is_in_use
),

final as (
    select
        *,
        cast(1 as decimal(18, 2)) as quantity
    from compound
    where subject is not null
)

select * from final
