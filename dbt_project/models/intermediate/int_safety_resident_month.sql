-- One row per area and month: residents of its communities at the month's end; NULL unless each of them is known.
with community as (
    select * from {{ ref('int_community_month') }}
),

final as (
    {{ area_sums('community', ['month_start'], {
        'residents': 'if(count(resident_population) = count(*), cast(sum(resident_population) as bigint), null)',
    }, levels=['district', 'region']) }}
)

select * from final
