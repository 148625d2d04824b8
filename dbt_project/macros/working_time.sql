{# A moment as microseconds on the line a clock runs on: working time stands still on days off, natural time never.
   `day` names a dim_date row of that moment's day. Rule: working days count 24 hours each (docs/hotline-method.md, 3). #}
{% macro clock_position(moment, day, unit) -%}
    case
        when {{ unit }} = 'working_day'
            then
                ({{ day }}.workday_count - cast({{ day }}.is_workday as int)) * 86400000000
                + if({{ day }}.is_workday, epoch_us({{ moment }}) - epoch_us(cast({{ day }}.date_day as timestamp)), 0)
        else epoch_us({{ moment }})
    end
{%- endmacro %}

{# The number of the working day on which a position of working time lies; the end of a day belongs to that day. #}
{% macro workday_of(position) -%}
    (({{ position }}) + 86399999999) // 86400000000
{%- endmacro %}

{# A position back as a moment; `day` names the dim_date row of `workday_of` the position. #}
{% macro clock_moment(position, day, unit) -%}
    case
        when {{ unit }} = 'working_day'
            then
                cast({{ day }}.date_day as timestamp)
                + to_microseconds(({{ position }}) - ({{ day }}.workday_count - 1) * 86400000000)
        else make_timestamp({{ position }})
    end
{%- endmacro %}
