-- One row per month and check of the points ledger: entries that were checked and that failed.

with checked as (
    {%- for check, failed in {
        'debits_equal_credits': 'not is_balanced',
        'balance_not_negative': 'is_overdrawing',
        'rater_is_another': 'is_self_rated',
    }.items() %}
    select
        month_start,
        '{{ check }}' as check_code,
        {{ failed }} as is_failed
    from {{ ref('int_points_entry') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

final as (
    select
        month_start,
        check_code,
        count(*) as entry_count,
        count(*) filter (where is_failed) as failed_entry_count
    from checked
    group by month_start, check_code
)

select * from final
