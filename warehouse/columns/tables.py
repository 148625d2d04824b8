"""Brings the tables of a FROM into reach, one after the other: each may see those before it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from warehouse.columns.expression import Read, origin_of
from warehouse.columns.origin import Kind, NotRead, Origin, Relation, mixed
from warehouse.columns.scope import Scope

ONE_SIDED = ("SEMI", "ANTI")


def add_tables(nodes: Iterable[exp.Expr], scope: Scope, read: Read) -> None:
    """Add what FROM and its joins name to `scope`, and the conditions of the joins. Raises NotRead."""
    for node in nodes:
        table = node.this if isinstance(node, exp.Join) else node
        before = list(scope.tables)
        _add(table, scope, read)
        if isinstance(node, exp.Join):
            _join(node, set(scope.tables) - set(before), scope, read)


def _join(join: exp.Join, new: set[str], scope: Scope, read: Read) -> None:
    for column in join.args.get("using") or []:
        scope.merged.add(column.name.lower())
        scope.conditions |= scope.column(exp.column(column.name)).inputs
    if condition := join.args.get("on"):
        scope.conditions |= origin_of(condition, scope, read).inputs
    # The side that may be absent does not decide how many rows there are to count.
    if join.side.upper() == "LEFT" or join.kind.upper() in ONE_SIDED:
        for name in new:
            found = scope.tables[name]
            scope.tables[name] = Relation(found.columns, frozenset(), found.any_column)
    if join.kind.upper() in ONE_SIDED:
        scope.unlisted |= new


def _add(node: exp.Expr, scope: Scope, read: Read) -> None:
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table) and not node.alias:
        _add(node.this, scope, read)  # (a join b on …): parentheses around joined tables
        return
    alias = node.args.get("alias")
    name = node.alias_or_name.lower() or f"({len(scope.tables)})"
    found = _relation(node, scope, read)
    names = [column.name.lower() for column in alias.columns] if alias else []
    scope.tables[name] = found.renamed(names) if names else found
    add_tables(node.args.get("joins") or [], scope, read)
    if node.args.get("pivots"):
        raise NotRead("a pivot")


def _relation(node: exp.Expr, scope: Scope, read: Read) -> Relation:
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        return scope.table(node)
    if isinstance(node, exp.Lateral):
        return _relation(node.this, scope, read)
    if isinstance(node, exp.Subquery):
        return read(node.this, scope.inner())
    if isinstance(node, exp.Values):
        return _values(node, scope, read)
    if isinstance(node, (exp.Table, exp.Unnest, exp.Func)):
        return _function(node, scope, read)
    raise NotRead(f"a {type(node).__name__} in FROM")


def _values(node: exp.Values, scope: Scope, read: Read) -> Relation:
    rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
    columns = [mixed(origin_of(cell, scope, read) for cell in column) for column in zip(*rows, strict=True)]
    return Relation({f"col{place}": origin for place, origin in enumerate(columns)})


def _function(node: exp.Expr, scope: Scope, read: Read) -> Relation:
    """A function that gives rows, such as unnest or generate_series: each of its columns reads all it is given."""
    call = node.this if isinstance(node, exp.Table) else node
    given = mixed(
        origin_of(part, scope, read) for part in call.iter_expressions() if not isinstance(part, exp.TableAlias)
    )
    scope.conditions |= given.inputs  # as many rows as it makes of them
    return Relation(any_column=Origin(Kind.COMPUTED if given.inputs else Kind.CONSTANT, given.inputs))
