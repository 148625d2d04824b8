{# Cases with what every KPI asks of them: the as-of of their platform, days of their deadlines, why they may be left out.
   Reasons: docs/hotline-method.md, 7. Confidential cases have no street in any figure. #}
{% macro judged_case(relation) -%}
    select
        {{ relation }}.* replace (if({{ relation }}.is_confidential, null, {{ relation }}.street_code) as street_code),
        as_of.as_of,
        {{ due_date(relation ~ '.response_due_at') }} as response_due_date,
        {{ due_date(relation ~ '.due_at') }} as first_due_date,
        {{ due_date(relation ~ '.unextended_due_at') }} as unextended_due_date,
        {{ due_date(relation ~ '.last_due_at') }} as last_due_date,
        matter.matter_id = {{ relation }}.case_id and not matter.is_merged as is_matter_head,
        coalesce(matter.is_repeat, false) as is_repeat,
        case
            when is_void then 'X05'
            when is_not_ours then 'X01'
            when is_legal_channel then 'X02'
        end as not_ours,
        coalesce(not_ours, if({{ relation }}.is_merged, 'X04', null), if(has_time_flaw, 'X10', null)) as flawed,
        coalesce(flawed, if(is_unreasonable, 'X03', null), if(is_appeal_upheld, 'X11', null)) as unfit,
        if(request_type = 'consult' and is_answered, 'X06', null) as desk_answer,
        if(is_anonymous, 'X07', null) as anonymous,
        to_days(cast(callback_wait.value as int)) as callback_wait,
        to_days(cast(reopen_wait.value as int)) as reopen_wait
    from {{ relation }}
    inner join {{ ref('int_hotline_as_of') }} as as_of on {{ relation }}.platform = as_of.platform
    left join {{ ref('int_hotline_matter') }} as matter on {{ relation }}.case_id = matter.case_id
    {%- for name, policy in {'callback_wait': 'callback_within_days', 'reopen_wait': 'reopen_within_days'}.items() %}
    left join {{ ref('hotline_policy') }} as {{ name }}
        on
            {{ name }}.policy = '{{ policy }}'
            and cast({{ relation }}.received_at as date) >= {{ name }}.valid_from
            and cast({{ relation }}.received_at as date) <= coalesce({{ name }}.valid_to, date '9999-12-31')
    {%- endfor %}
{%- endmacro %}
