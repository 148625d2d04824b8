{# Rows placed by the codes they carry: the 9 digits of the street, else those that a longer code (12 digits of a
   community, 15 of a grid) begins with. A code the seeds do not know places nothing and stays in the city's totals. #}
{% macro place_by_code(relation, longer_code) -%}
    select
        {{ relation }}.* exclude (street_code{{ ', community_code' if longer_code == 'community_code' }}),
        {{ relation }}.street_code as stated_street_code,
        community.area_code as community_code,
        coalesce(street.area_code, part.area_code) as area_code,
        case when coalesce(street.area_code, part.area_code) is null then 'none' else 'street' end as area_resolution
    from {{ relation }}
    left join {{ ref('area') }} as street
        on {{ relation }}.street_code = street.area_code and street.level = 'street'
    left join {{ ref('area') }} as part
        on left({{ relation }}.{{ longer_code }}, 9) = part.area_code and part.level = 'street'
    left join {{ ref('area') }} as community
        on left({{ relation }}.{{ longer_code }}, 12) = community.area_code and community.level = 'community'
{%- endmacro %}

{# Rows of `place_by_code` with what the grid register says of their grid code on their day: a code from before a split or
   merger finds its community of that day. The stated street comes first, then the grid's, then the digits of the code. #}
{% macro place_by_grid(relation, moment) -%}
    select
        {{ relation }}.* exclude (stated_street_code, community_code, area_code, area_resolution),
        coalesce(code.community_code, {{ relation }}.community_code) as community_code,
        coalesce(
            if({{ relation }}.stated_street_code = {{ relation }}.area_code, {{ relation }}.area_code, null),
            code.street_code,
            {{ relation }}.area_code
        ) as area_code,
        coalesce(code.street_code, left({{ relation }}.grid_code, 9)) as grid_street_code
    from {{ relation }}
    left join {{ ref('int_grid_code') }} as code
        on
            {{ relation }}.grid_code = code.grid_code
            and cast({{ relation }}.{{ moment }} as date) between code.valid_from and code.valid_to
{%- endmacro %}
