-- One row per day, street and heating company: the cold episodes that began on it.

with final as (
    select
        cast(episode.started_at as date) as started_date,
        area.area_code as street_code,
        area.statutory_district_code as district_code,
        area.region_code,
        episode.enterprise_name,
        count(*) as episode_count,
        count(distinct episode.point_id) as point_count,
        cast(sum(episode.duration_hours) as decimal(18, 4)) as duration_hours,
        cast(max(episode.duration_hours) as decimal(18, 4)) as longest_hours,
        cast(min(episode.min_c) as decimal(6, 2)) as min_c
    from {{ ref('fct_heating_cold_episode') }} as episode
    left join {{ ref('dim_area') }} as area on episode.street_code = area.area_code and area.level = 'street'
    group by all
)

select * from final
