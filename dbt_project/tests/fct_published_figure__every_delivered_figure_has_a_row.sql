-- Each row is a figure that the press office delivered and the ledger does not know, or knows with another range.
{{ config(name='fct_published_figure__every_delivered_figure_has_a_row') }}

select
    delivered.figure_no,
    delivered.part,
    figure.figure_id is null as is_missing_in_ledger
from {{ ref('stg_quality_published_figure') }} as delivered
left join {{ ref('published_figure') }} as figure
    on delivered.figure_no = figure.figure_no and delivered.part = figure.part
where
    figure.figure_id is null
    or delivered.low is distinct from figure.low
    or delivered.high is distinct from figure.high
    or delivered.is_low_open is distinct from figure.is_low_open
    or delivered.is_high_open is distinct from figure.is_high_open
    or delivered.unit is distinct from figure.unit
