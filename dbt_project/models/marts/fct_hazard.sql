-- One row per safety hazard, placed; rectified and verified are two things. No reporter, no text.
{{ config(meta={'rows_by': 'found_at'}) }}
with hazard as (
    select * from {{ ref('stg_safety_hazard') }}
),

placed as (
    {{ place_by_grid('hazard', 'found_at') }}
),

final as (
    select
        placed.hazard_no,
        placed.site_type,
        placed.level,
        placed.found_by,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        placed.community_code,
        placed.grid_code,
        if(area.area_code is null, 'none', 'street') as area_resolution,
        placed.found_at,
        placed.ordered_at,
        placed.due_at,
        placed.rectified_at,
        placed.verified_at,
        placed.penalised_at,
        -- In time is what was rectified by the deadline; who comes to verify it, and when, is not the site's doing.
        coalesce(placed.rectified_at, placed.verified_at) as remedied_at,
        coalesce(
            least(placed.ordered_at, placed.rectified_at, placed.verified_at, placed.due_at) < placed.found_at
            or placed.verified_at < placed.rectified_at,
            false
        ) as has_time_flaw,
        coalesce(placed.grid_street_code <> area.area_code, false) as has_place_flaw,
        placed.updated_at
    from placed
    left join {{ ref('dim_area') }} as area on placed.area_code = area.area_code
)

select * from final
