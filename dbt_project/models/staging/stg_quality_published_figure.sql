-- One row per number, part and day of publication, as the press office delivered it and the number grammar read it.
with version as (
    {{ current_version('quality_published_figure', key=['figure_no', 'part', 'published_on']) }}
),

-- `[57000,58000) 项` and `[0.435,0.445) % ambiguous`, as ingestion/written_number.py writes them.
split as (
    select
        version.*,
        regexp_extract(
            claimed_range,
            '^([\[(])([^,]*),([^\])]*)([\])]) ?([^ ]*) ?([a-z]*)$',
            ['opening', 'lowest', 'highest', 'closing', 'counted', 'meant']
        ) as claim
    from version
),

final as (
    select
        split.figure_no,
        split.part,
        split.published_on,
        split.as_of,
        split.area_name,
        area.area_code,
        split.quote,
        try_cast(split.claim.lowest as decimal(28, 8)) as low,
        try_cast(split.claim.highest as decimal(28, 8)) as high,
        split.claim.opening = '(' as is_low_open,
        split.claim.closing = ')' as is_high_open,
        nullif(split.claim.counted, '') as unit,
        case
            when split.claim.meant <> '' then split.claim.meant
            when split.claim.counted = '%' then 'share'
            else 'count'
        end as number_reading
    from split
    left join {{ ref('area') }} as area on split.area_name = area.name_zh and area.level in ('city', 'district', 'zone')
)

select * from final
