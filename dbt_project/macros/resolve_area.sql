{# Areas as a source names them become codes by the alias seed alone: street first, else district or zone, else NULL. #}
{% macro resolve_area(relation) -%}
    select
        {{ relation }}.*,
        coalesce(street.area_code, unit.area_code) as area_code,
        case
            when street.area_code is not null then 'street'
            when unit.area_code is not null then 'district'
            else 'none'
        end as area_resolution
    from {{ relation }}
    left join {{ ref('area_alias') }} as street
        on
            {{ relation }}.street_name = street.name
            and coalesce({{ relation }}.district_name, '') = coalesce(street.parent_name, '')
            and street.area_code in (select area_code from {{ ref('area') }} where level = 'street')
    left join {{ ref('area_alias') }} as unit
        on
            {{ relation }}.district_name = unit.name
            and unit.parent_name is null
            and unit.area_code in (select area_code from {{ ref('area') }} where level in ('district', 'zone'))
{%- endmacro %}
