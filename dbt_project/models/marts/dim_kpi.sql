-- One row per KPI: what it means, who owns it, where its rule comes from. Published as meta.kpi_dictionary.
{{ config(schema='meta', alias='kpi_dictionary') }}

with final as (
    select
        kpi_code,
        kpi_id,
        family,
        feed,
        name_zh,
        name_en,
        unit,
        direction,
        formula_zh,
        formula_en,
        owner_zh,
        owner_en,
        target,
        target_source_zh,
        min_base,
        min_cell_show,
        min_cell_rank,
        smallest_day_area,
        over_time,
        is_sensitive,
        table_name,
        method_version,
        source
    from {{ ref('kpi_dictionary') }}
)

select * from final
