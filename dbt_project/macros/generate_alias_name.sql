{# The latest version of a model has its plain name; an older one, kept beside it for those who still read it, ends in
   _v and its number. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- set name = custom_alias_name or node.name -%}
    {%- if node.version and node.version != node.latest_version -%}
        {{ return(name ~ '_v' ~ node.version) }}
    {%- endif -%}
    {{ return(name | trim) }}
{%- endmacro %}
