"""The queries of a dashboard over the release, by name: what its charts ask when a page of it is drawn.

The filters of the page fill in `{month}`, `{year}` (the same month a year before), `{region}` and `{street}`.
"""

from __future__ import annotations

from typing import Any

KPI = "marts.fct_kpi_value JOIN meta.kpi_dictionary USING (kpi_code)"
MONTHLY = "period_grain = 'month' AND period_start = DATE '{month}'"
RATE = "kpi_code = 'hotline.on_time_rate' AND period_grain = 'month'"

QUERIES = {
    "freshness": """
        SELECT release_id, data_as_of, is_synthetic, feed, max(recorded_at) AS last_recorded_at
        FROM meta.publish_info CROSS JOIN meta.delivery GROUP BY ALL ORDER BY ALL""",
    "kpi_overview": f"""
        SELECT family, kpi_code, name_zh, unit, numerator, denominator, value, status
        FROM {KPI} WHERE area_level = 'city' AND {MONTHLY} ORDER BY ALL""",
    "district_ranking": f"""
        SELECT name_zh, numerator, denominator, value, ci_low, ci_high
        FROM marts.fct_kpi_value JOIN marts.dim_area USING (area_code)
        WHERE {RATE} AND area_level = 'region' AND period_start = DATE '{{month}}' AND is_rankable ORDER BY ALL""",
    "trend_by_month": f"""
        SELECT period_start, name_zh, numerator, denominator, value
        FROM marts.fct_kpi_value JOIN marts.dim_area USING (area_code)
        WHERE {RATE} AND area_level = 'region' AND period_start > DATE '{{year}}' ORDER BY ALL""",
    "trend_by_day": """
        SELECT period_start, numerator, denominator, value FROM marts.fct_kpi_value
        WHERE kpi_code = 'hotline.case_count' AND period_grain = 'day' AND area_level = 'city' ORDER BY ALL""",
    "year_on_year": """
        SELECT now.kpi_code, now.numerator, before.numerator, now.value - before.value AS change
        FROM marts.fct_kpi_value AS now
        JOIN marts.fct_kpi_value AS before USING (kpi_code, area_code, area_level, period_grain)
        WHERE area_level = 'city' AND period_grain = 'month' AND now.period_start = DATE '{month}'
            AND before.period_start = DATE '{year}' ORDER BY ALL""",
    "kpi_by_district": f"""
        SELECT kpi_code, area_code, numerator, denominator, value, status
        FROM {KPI} WHERE area_level = 'region' AND {MONTHLY} ORDER BY ALL""",
    "status_by_family": f"""
        SELECT family, status, count(*) AS values, sum(numerator) AS numerator
        FROM {KPI} WHERE area_level = 'street' AND {MONTHLY} GROUP BY ALL ORDER BY ALL""",
    "street_drill_down": f"""
        SELECT name_zh, numerator, denominator, value, status
        FROM marts.fct_kpi_value JOIN marts.dim_area USING (area_code)
        WHERE {RATE} AND area_level = 'street' AND region_code = '{{region}}' AND period_start = DATE '{{month}}'
        ORDER BY ALL""",
    "grid_drill_down": """
        SELECT area_code, households, received_count, numerator, denominator, value, status
        FROM marts.fct_grid_kpi_month JOIN marts.dim_grid ON grid_code = area_code AND valid_to IS NULL
        WHERE area_level = 'grid' AND month_start = DATE '{month}' AND street_code = '{street}' ORDER BY ALL""",
    "heating_by_day": """
        SELECT measured_date, sum(reading_count) AS readings,
            sum(compliant_reading_count) / nullif(sum(counted_reading_count), 0) AS by_reading,
            sum(compliant_hour_count) / nullif(sum(counted_hour_count), 0) AS by_hour,
            sum(compliant_day_count) / nullif(sum(whole_day_count), 0) AS by_point_day,
            sum(compliant_household_day_count) / nullif(sum(household_day_count), 0) AS by_household_day
        FROM marts.fct_heating_day GROUP BY ALL ORDER BY ALL""",
    "heating_by_company": """
        SELECT enterprise_name, sum(reading_count) AS readings,
            sum(compliant_household_day_count) / nullif(sum(household_day_count), 0) AS by_household_day
        FROM marts.fct_heating_day WHERE region_code = '{region}' GROUP BY ALL ORDER BY ALL""",
}

# What the filters of the page are set to: the last month with a value of the city, and a street that has grids in it.
FILTERS = f"""
WITH month AS (SELECT max(period_start) AS month FROM marts.fct_kpi_value WHERE {RATE} AND area_level = 'city'
    AND status = 'ok')
SELECT month, month - INTERVAL 1 YEAR, region_code, street_code FROM month, marts.fct_grid_kpi_month
JOIN marts.dim_grid ON grid_code = area_code AND valid_to IS NULL
WHERE area_level = 'grid' AND month_start = month ORDER BY ALL LIMIT 1"""


def page(connection: Any) -> dict[str, str]:
    """The queries with the filters set to what the open release holds. Raises LookupError where it holds nothing."""
    found = connection.execute(FILTERS).fetchone()
    if found is None:
        raise LookupError("the release has no month with hotline and grid figures")
    month, year, region, street = (str(value)[:10] for value in found)
    return {name: sql.format(month=month, year=year, region=region, street=street) for name, sql in QUERIES.items()}
