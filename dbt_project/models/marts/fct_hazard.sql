-- One row per safety hazard, placed; rectified and verified are two things. No reporter, no text.
with final as (
    select
        hazard.hazard_no,
        hazard.site_type,
        hazard.level,
        hazard.found_by,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        hazard.community_code,
        hazard.grid_code,
        hazard.area_resolution,
        hazard.found_at,
        hazard.ordered_at,
        hazard.due_at,
        hazard.rectified_at,
        hazard.verified_at,
        hazard.penalised_at,
        -- In time is what was rectified by the deadline; who comes to verify it, and when, is not the site's doing.
        coalesce(hazard.rectified_at, hazard.verified_at) as remedied_at,
        coalesce(
            least(hazard.ordered_at, hazard.rectified_at, hazard.verified_at, hazard.due_at) < hazard.found_at
            or hazard.verified_at < hazard.rectified_at,
            false
        ) as has_time_flaw,
        hazard.updated_at
    from {{ ref('stg_safety_hazard') }} as hazard
    left join {{ ref('dim_area') }} as area on hazard.area_code = area.area_code
)

select * from final
