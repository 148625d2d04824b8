-- One row per series of hotline case counts: the platforms it counts, and the span all of them speak of.
-- City and province are never added; only the union counts both, and a case known to both once.
with part as (
    select
        listed.series,
        listed.platform,
        feed.first_date,
        feed.as_of
    from (
        values
        ('city_all', 'city'),
        ('city_heating', 'city'),
        ('city_property', 'city'),
        ('province_heating', 'province'),
        ('union_heating', 'city'),
        ('union_heating', 'province')
    ) as listed (series, platform)
    left join {{ ref('dim_feed') }} as feed on 'hotline_' || listed.platform = feed.feed
),

-- What one of two platforms does not tell yet, their union cannot tell either.
final as (
    select
        series,
        list(platform order by platform) as platforms,
        max(first_date) as first_date,
        min(as_of) as as_of
    from part
    group by series
    having count(as_of) = count(*)
)

select * from final
