"""Great Expectations' own expectations without their queries for failing values: counts are all that we let out.

One query less for each check, a fifth of the gate's time, and no value ever leaves the engine.
"""

from __future__ import annotations

import functools
from typing import Any

import great_expectations.expectations as kinds
from great_expectations.expectations.expectation import ColumnMapExpectation, MulticolumnMapExpectation

MAPS = (ColumnMapExpectation, MulticolumnMapExpectation, kinds.UnexpectedRowsExpectation)
ROWS = "unexpected_rows_query.table"
VALUES = (".unexpected_values", ".unexpected_index_query", ROWS)


@functools.cache
def expectation_class(expectation: str) -> Any:
    """The class of an expectation named as in a suite."""
    kind = getattr(kinds, "".join(word.capitalize() for word in expectation.split("_")))
    return _without_values(kind) if issubclass(kind, MAPS) else kind


def _without_values(kind: Any) -> Any:
    """The same under the same name: what it counts, and when it passes, is left to it."""

    def get_validation_dependencies(self: Any, *arguments: Any, **options: Any) -> Any:
        found = kind.get_validation_dependencies(self, *arguments, **options)
        for name in found.get_metric_names():
            if name.endswith(VALUES):
                found.remove_metric_configuration(name)
        return found

    def validate(self: Any, metrics: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        return kind._validate(self, {**metrics, ROWS: []}, *arguments, **options)

    methods = {"get_validation_dependencies": get_validation_dependencies, "_validate": validate}
    return type(kind)(kind.__name__, (kind,), methods)
