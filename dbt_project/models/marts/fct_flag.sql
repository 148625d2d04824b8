-- One row per rule and row of a feed that breaks it: what was kept, but must be looked at. Never a personal value.

with flag as (
    {%- for slice in flag_slices() %}
    select * from {{ ref('int_' ~ slice ~ '_flag') }}
    {{- "
    union all by name" if not loop.last }}
    {%- endfor %}
),

final as (
    select
        flag.rule_code,
        rule.name_zh,
        rule.name_en,
        flag.feed,
        flag.subject_code,
        flag.related_code,
        flag.flagged_date,
        flag.street_code,
        flag.district_code,
        flag.region_code
    from flag
    left join {{ ref('flag_rule') }} as rule on flag.rule_code = rule.rule_code
)

select * from final
