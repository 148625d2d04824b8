-- One row per handling unit as the sources name it, and what is doubtful about the name: no register says who is right.

with named as (
    select
        unit_code,
        unit_name,
        min(assigned_at) as first_assigned_at,
        max(assigned_at) as last_assigned_at,
        count(*) as case_count
    from {{ ref('fct_case_unit') }}
    group by unit_code, unit_name
),

final as (
    select
        unit_code,
        arg_max(unit_name, last_assigned_at) as unit_name,
        min(first_assigned_at) as first_assigned_at,
        max(last_assigned_at) as last_assigned_at,
        cast(sum(case_count) as bigint) as case_count,
        count(distinct unit_name) as name_count,
        case
            -- The name stands in where the source gives no code.
            when bool_or(unit_code = unit_name) then 'no_code'
            when count(distinct unit_name) > 1 then 'many_names'
            when count(unit_name) = 0 then 'no_name'
            else 'ok'
        end as unit_check
    from named
    group by unit_code
)

select * from final
