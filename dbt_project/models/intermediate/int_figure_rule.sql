-- One row per rule or target of the ledger that stands in a policy of this warehouse: the value in force there.
with policy as (
    select
        'heating_rule.' || room_type as rule_code,
        valid_from,
        valid_to,
        cast(threshold_c as decimal(28, 8)) as value -- noqa: RF04
    from {{ ref('heating_rule') }}
    union all
    select
        'kpi_target.' || kpi_code as rule_code,
        date '1900-01-01' as valid_from,
        cast(null as date) as valid_to,
        cast(target as decimal(28, 8)) as value -- noqa: RF04
    from {{ ref('dim_kpi') }}
    where target is not null
),

final as (
    select
        figure.figure_id,
        policy.value
    from {{ ref('published_figure') }} as figure
    inner join policy
        on
            figure.measure_code = policy.rule_code
            and figure.as_of >= policy.valid_from
            and figure.as_of <= coalesce(policy.valid_to, date '9999-12-31')
    where figure.measure = 'rule'
)

select * from final
