"""What an expression reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from warehouse.columns.origin import ROWS, Kind, Origin, Relation, mixed
from warehouse.columns.scope import Scope

Read = Callable[[exp.Expr, Scope], Relation]
NOTHING: frozenset[str] = frozenset()
QUERIES = (exp.Select, exp.SetOperation, exp.Subquery)
# The parser counts these among the aggregates; each takes its value from one row, or from how rows are grouped.
OF_ONE_ROW = (
    exp.Lag,
    exp.Lead,
    exp.FirstValue,
    exp.LastValue,
    exp.NthValue,
    exp.RowNumber,
    exp.Rank,
    exp.DenseRank,
    exp.PercentRank,
    exp.CumeDist,
    exp.Ntile,
    exp.Grouping,
)
# Aggregates of DuckDB that the parser has no class for.
AGGREGATES = {"arg_max_null", "arg_min_null", "entropy", "fsum", "geomean", "histogram", "kurtosis", "product"}


def origin_of(node: exp.Expr, scope: Scope, read: Read) -> Origin:
    """The origin of one expression; `read` reads a query inside it. Raises NotRead for a name that means nothing."""
    node = node.unalias().unnest()
    if isinstance(node, exp.Column):
        return scope.column(node)
    if isinstance(node, (exp.Literal, exp.Null, exp.Boolean)):
        return Origin()
    made = mixed(_parts(node, scope, read, NOTHING))
    if not made.inputs:
        return Origin()
    return Origin(max(made.kind, Kind.AGGREGATED if aggregates(node) else Kind.COMPUTED), made.inputs)


def _parts(node: exp.Expr, scope: Scope, read: Read, bound: frozenset[str]) -> Iterator[Origin]:
    """What the parts of an expression read; `bound` are names of a lambda's own."""
    if isinstance(node, exp.Column):
        if node.parts[0].name.lower() not in bound:
            yield scope.column(node)
        return
    if isinstance(node, QUERIES):
        yield _of_query(node, scope, read)
        return
    if _is_aggregate(node) and not mixed(_below(node, scope, read, bound)).inputs:
        yield _rows(scope)  # count(*), or a sum of ones
        return
    if isinstance(node, exp.Window) and (named := scope.windows.get(node.alias.lower())):
        yield from _parts(named, scope, read, bound)
    yield from _below(node, scope, read, bound)


def _below(node: exp.Expr, scope: Scope, read: Read, bound: frozenset[str]) -> Iterator[Origin]:
    for part in node.iter_expressions():
        yield from _parts(part, scope, read, bound | _bound_by(node))


def _bound_by(node: exp.Expr) -> frozenset[str]:
    if isinstance(node, exp.Lambda):
        return frozenset(name.name.lower() for name in node.expressions)
    if isinstance(node, exp.Comprehension):
        return frozenset({node.expression.name.lower()})
    return NOTHING


def _of_query(node: exp.Expr, scope: Scope, read: Read) -> Origin:
    """A query inside an expression: what it gives, and what chooses its rows, for both decide what comes of it."""
    inner = scope.inner()
    inner.conditions = set()
    found = read(node, inner)
    scope.conditions |= inner.conditions
    given = mixed(found.columns.values())
    # EXISTS (SELECT 1 …) gives no column of anything: what there is of rows decides.
    rows = frozenset() if given.inputs else _counted(found.rows).inputs
    return mixed([given, Origin(Kind.COMPUTED, frozenset(inner.conditions) | rows)])


def _rows(scope: Scope) -> Origin:
    return _counted(frozenset().union(*(table.rows for table in scope.tables.values())))


def _counted(rows: frozenset[str]) -> Origin:
    return Origin(Kind.AGGREGATED, frozenset((relation, ROWS) for relation in rows))


def gives_one_row(select: exp.Select) -> bool:
    """Whether all rows become one: something is put together, and not by groups."""
    return not select.args.get("group") and any(_puts_together(projection) for projection in select.expressions)


def _puts_together(node: exp.Expr) -> bool:
    if isinstance(node, (*QUERIES, exp.Window)):
        return False
    return _is_aggregate(node) or any(_puts_together(part) for part in node.iter_expressions())


def aggregates(node: exp.Expr) -> bool:
    """Whether rows are put together, in a query inside it not counted: that is told by what it gives."""
    if isinstance(node, QUERIES):
        return False
    return _is_aggregate(node) or any(aggregates(part) for part in node.iter_expressions())


def _is_aggregate(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in AGGREGATES
    return isinstance(node, exp.AggFunc) and not isinstance(node, OF_ONE_ROW)
