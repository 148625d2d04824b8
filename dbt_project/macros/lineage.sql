{# Which codes of a register are one place through splits, mergers and new codes: `<code>`, `lineage_code`.
   A code that only ever stands as a predecessor belongs to it too. The oldest code gives the lineage its name; of codes
   equally old the smallest does. Asked both ways and without repetition, so a circle of predecessors ends. #}
{% macro lineage(relation, code) -%}
with recursive descent as (
    select distinct
        {{ code }} as successor,
        unnest(string_split(predecessors, ';')) as predecessor
    from {{ relation }}
    where predecessors is not null
),

neighbour as (
    select
        successor as member,
        predecessor as other
    from descent
    where successor <> predecessor
    union
    select
        predecessor as member,
        successor as other
    from descent
    where successor <> predecessor
),

reached as (
    select
        member,
        other
    from neighbour
    union
    select
        reached.member,
        neighbour.other
    from reached
    inner join neighbour on reached.other = neighbour.member
),

known as (
    select
        {{ code }} as member,
        min(valid_from) as first_date
    from {{ relation }}
    group by {{ code }}
),

named as (
    select distinct on (reached.member)
        reached.member,
        reached.other as lineage_code
    from reached
    left join known on reached.other = known.member
    order by reached.member, known.first_date nulls first, reached.other
),

final as (
    select
        coalesce(known.member, named.member) as {{ code }},
        coalesce(named.lineage_code, known.member) as lineage_code,
        known.first_date
    from known
    full outer join named on known.member = named.member
)

select * from final
{%- endmacro %}
