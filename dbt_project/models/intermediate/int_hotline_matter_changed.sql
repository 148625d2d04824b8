-- One row per city case whose matter must be found anew: it changed, or one that shares its building or its caller did.
-- Holds tokens, so it never leaves the warehouse. Rules: docs/hotline-method.md, 5.
-- depends_on: {{ ref('int_hotline_case_changed') }}
{%- set known = left_by_last_build('intermediate', 'int_hotline_matter') %}

with city_case as (
    select
        case_row.case_id,
        case_row.received_at,
        case_row.category_name,
        register.caller_token,
        register.place_token,
        register.content_fingerprint,
        case_row.is_unmerged,
        -- A merger into a case nobody knows leaves the case where it is.
        target.case_id is not null as is_merged,
        target.case_id as merged_into
    from {{ ref('fct_case') }} as case_row
    left join {{ ref('int_hotline_register') }} as register on case_row.case_id = register.case_id
    left join {{ ref('fct_case') }} as target on case_row.merged_into = target.case_id
    where case_row.platform = 'city'
),

{%- if known %}
moved as (
    select city_case.*
    from city_case
    left join {{ known }} as known on city_case.case_id = known.case_id
    where
        (
            city_case.case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
            or city_case.merged_into in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
        )
        and (
            city_case.case_id in (
                select asked.case_id
                from {{ ref('int_hotline_case_changed') }} as asked
                where asked.is_asked
            )
            or row(
                city_case.received_at, city_case.category_name, city_case.caller_token, city_case.place_token,
                city_case.content_fingerprint, city_case.is_unmerged, city_case.is_merged, city_case.merged_into
            ) is distinct from row(
                known.received_at, known.category_name, known.caller_token, known.place_token,
                known.content_fingerprint, known.is_unmerged, known.is_merged, known.merged_into
            )
        )
),

touched_group as ( -- noqa: ST03
    select
        category_name,
        place_token,
        caller_token
    from moved
    union
    select
        known.category_name,
        known.place_token,
        known.caller_token
    from {{ known }} as known
    where known.case_id in (select moved.case_id from moved)
),

{%- endif %}

affected as (
    select city_case.*
    from city_case
    {%- if known %}
    where
        (city_case.category_name, city_case.place_token) in (
            select (touched_group.category_name, touched_group.place_token)
            from touched_group
            where touched_group.place_token is not null
        )
        or (city_case.category_name, city_case.caller_token) in (
            select (touched_group.category_name, touched_group.caller_token)
            from touched_group
            where touched_group.caller_token is not null
        )
        or city_case.case_id in (select moved.case_id from moved)
    {%- endif %}
),

-- A matter is a chain, so the chains of an affected case are followed whole, and so are its caller's cases.
chained as (
    select city_case.*
    from city_case
    where
        city_case.case_id in (select affected.case_id from affected)
        or (
            not city_case.is_merged
            and not city_case.is_unmerged
            and (city_case.category_name, coalesce(city_case.place_token, city_case.caller_token)) in (
                select (affected.category_name, coalesce(affected.place_token, affected.caller_token))
                from affected
            )
        )
        or (city_case.category_name, city_case.caller_token) in (
            select (affected.category_name, affected.caller_token)
            from affected
        )
),

windowed as (
    select
        chained.*,
        chained.case_id in (select affected.case_id from affected) as is_affected,
        to_days(cast(coalesce(own_window.window_days, any_window.window_days) as int)) as repeat_window
    from chained
    left join {{ ref('repeat_window') }} as own_window
        on
            chained.category_name = own_window.category_name
            and cast(chained.received_at as date) >= own_window.valid_from
            and cast(chained.received_at as date) <= coalesce(own_window.valid_to, date '9999-12-31')
    inner join {{ ref('repeat_window') }} as any_window
        on
            any_window.category_name is null
            and cast(chained.received_at as date) >= any_window.valid_from
            and cast(chained.received_at as date) <= coalesce(any_window.valid_to, date '9999-12-31')
),

stepped as (
    select
        *,
        coalesce(
            received_at - lag(received_at) over chain > repeat_window,
            true
        ) as begins_matter
    from windowed
    where not is_merged and not is_unmerged and coalesce(place_token, caller_token) is not null
    window
        chain as (
            partition by category_name, place_token, if(place_token is null, caller_token, null)
            order by received_at, case_id
        )
),

matter as (
    select
        case_id,
        last_value(if(begins_matter, case_id, null) ignore nulls) over (
            partition by category_name, place_token, if(place_token is null, caller_token, null)
            order by received_at, case_id
            rows between unbounded preceding and current row
        ) as matter_id
    from stepped
),

earlier as (
    select
        child.case_id,
        parent.case_id as parent_id,
        case
            when child.place_token = parent.place_token then 'same_place'
            when child.place_token is null or parent.place_token is null then 'place_unknown'
            else 'alike_text'
        end as repeat_rule,
        (
            {%- for byte in range(8) %}
            cast(
                substring(child.content_fingerprint, {{ 2 * byte + 1 }}, 2)
                = substring(parent.content_fingerprint, {{ 2 * byte + 1 }}, 2) as int
            ){{ " +" if not loop.last }}
            {%- endfor %}
        ) as alike_count,
        parent.received_at as parent_received_at
    from windowed as child
    inner join windowed as parent
        on
            child.caller_token = parent.caller_token
            and child.category_name = parent.category_name
            and (child.received_at, child.case_id) > (parent.received_at, parent.case_id)
            and child.received_at - parent.received_at <= child.repeat_window
    where
        not child.is_unmerged
        and not parent.is_unmerged
),

repeated as (
    select *
    from earlier
    where repeat_rule <> 'alike_text' or alike_count >= 4
    qualify row_number() over (partition by case_id order by parent_received_at desc, parent_id desc) = 1
),

final as (
    select
        windowed.* exclude (repeat_window, is_affected),
        -- The case it was merged into is looked up when figures are made: that one may belong to another chain.
        coalesce(matter.matter_id, windowed.case_id) as matter_id,
        repeated.parent_id is not null as is_repeat,
        repeated.parent_id as repeat_of,
        repeated.repeat_rule,
        repeated.alike_count
    from windowed
    left join matter on windowed.case_id = matter.case_id
    left join repeated on windowed.case_id = repeated.case_id
    where windowed.is_affected
)

select * from final
