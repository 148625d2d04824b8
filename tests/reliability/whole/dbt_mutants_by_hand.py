"""Errors that no mutation by kind can make: by the test, and by the relation that it must notice, what breaks it."""

from __future__ import annotations

BY_HAND: dict[tuple[str, str], str] = {
    # A sum of figures counted alike has, as one of its terms, a figure of another unit.
    ("published_figure_term__units_are_never_mixed", "policy.published_figure_term"): """
        UPDATE policy.published_figure_term SET figure_ref = (
            SELECT other.figure_id FROM policy.published_figure AS other, policy.published_figure AS counted
            WHERE counted.figure_id = published_figure_term.figure_ref AND other.unit <> counted.unit
            ORDER BY other.figure_id LIMIT 1
        )
        WHERE rowid = (
            SELECT min(term.rowid) FROM policy.published_figure_term AS term
            INNER JOIN policy.published_figure AS figure ON term.figure_id = figure.figure_id
            WHERE figure.form <> 'ratio' AND term.figure_ref IS NOT NULL AND abs(term.factor) = 1
        )
    """,
}
