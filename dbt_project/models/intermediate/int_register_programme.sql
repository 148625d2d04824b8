-- One row per measure of the programme and span of days, and per department and month of its data catalogues.
with measure as (
    select
        valid_from,
        valid_to,
        unnest(['programme.measure', 'programme.task']) as register_code,
        unnest([measure_no, cast(task_no as varchar)]) as subject
    from {{ ref('dim_programme_measure') }}
    where measure_status <> 'withdrawn'
),

catalogue as (
    select
        month_start as valid_from,
        last_day(month_start) as valid_to,
        unnest(['catalogue.catalogue', 'catalogue.record', 'catalogue.department']) as register_code,
        unnest([catalogue_count, record_count, 1]) as quantity
    from {{ ref('fct_catalogue_month') }}
    where catalogue_count > 0
),

final as (
    select
        register_code,
        valid_from,
        valid_to,
        cast(null as varchar) as district_code,
        cast(null as varchar) as region_code,
        cast(1 as decimal(18, 2)) as quantity,
        subject
    from measure
    union all by name
    select * replace (cast(quantity as decimal(18, 2)) as quantity)
    from catalogue
)

select * from final
