-- One row per item of the grid catalogue and span of days: what may be reported in a grid, and whose task it is.

with final as (
    select
        item_code,
        name_zh,
        name_en,
        department_code,
        department_name_zh,
        department_name_en,
        is_confirmed,
        valid_from,
        valid_to,
        source
    from {{ ref('grid_item') }}
)

select * from final
