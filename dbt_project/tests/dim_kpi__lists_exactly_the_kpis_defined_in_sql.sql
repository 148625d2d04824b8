-- Each row is a KPI that stands in the dictionary or in the SQL of a kpi model, but not in both.
-- Those of the hotline and of grid events are defined in a macro.
{{ config(name='dim_kpi__lists_exactly_the_kpis_defined_in_sql') }}
-- depends_on: {{ ref('dim_kpi') }}

{% set defined = [] -%}
{% if execute -%}
{% set families = "'((?:hotline|heating|grid|mediation|safety|property|capacity|quality)\\.[a-z_]+)'" -%}
{% for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[1] == 'kpi' -%}
{% do defined.extend(modules.re.findall(families, node.raw_code ~ hotline_kpi_rows('judged') ~ grid_kpi_rows('fact'))) -%}
{% endfor -%}
{% endif -%}
with defined as (
    select unnest({{ defined | unique | list or ['none'] }}) as kpi_code
)

select
    coalesce(dim_kpi.kpi_code, defined.kpi_code) as kpi_code,
    dim_kpi.kpi_code is null as is_missing_in_dictionary
from {{ ref('dim_kpi') }} as dim_kpi
full join defined on dim_kpi.kpi_code = defined.kpi_code
where dim_kpi.kpi_code is null or defined.kpi_code is null
