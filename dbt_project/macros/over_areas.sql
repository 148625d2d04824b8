{# Each row of a relation once for every level it counts in: the city, and the district, region and street it knows.
   A figure that is no sum - a median, a number of people - is taken over these rows; what has no area counts in the city. #}
{% macro over_areas(relation) -%}
    select
        area.level as area_level,
        coalesce(area.code, (select area_code from {{ ref('dim_area') }} where level = 'city')) as area_code,
        {{ relation }}.*
    from {{ relation }}
    cross join lateral (
        select
            unnest(['city', 'district', 'region', 'street']) as level,
            unnest([null, {{ relation }}.district_code, {{ relation }}.region_code, {{ relation }}.street_code]) as code
    ) as area
    where area.level = 'city' or area.code is not null
{%- endmacro %}
