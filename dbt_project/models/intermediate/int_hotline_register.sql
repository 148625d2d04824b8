-- One row per case with a register row: its current version. Holds tokens, so it never leaves the warehouse.
{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ take_out_changed_cases() }}") }}

with city as (
    select
        case_id,
        'city' as platform,
        case_no,
        channel,
        request_type,
        category_name,
        subcategory_name,
        urgency,
        is_confidential,
        is_anonymous,
        caller_token,
        place_token,
        content_fingerprint,
        cast(null as varchar) as city_case_no,
        unit_name,
        area_code,
        area_resolution,
        received_at,
        updated_at
    from {{ ref('stg_hotline_city') }}
    where case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
    qualify row_number() over (partition by case_id order by updated_at desc, batch_seq desc, row_no desc) = 1
),

province as (
    select
        case_id,
        'province' as platform,
        case_no,
        'direct_line' as channel,
        -- The line is for heating alone: 供热直通车.
        '供热' as category_name,
        false as is_confidential,
        caller_token,
        city_case_no,
        enterprise_name as unit_name,
        area_code,
        area_resolution,
        received_at
    from {{ ref('stg_hotline_province') }}
    where case_id in (select changed.case_id from {{ ref('int_hotline_case_changed') }} as changed)
    qualify row_number() over (partition by case_id order by batch_seq desc, row_no desc) = 1
),

final as (
    select * from city
    union all by name
    select * from province
)

select * from final
