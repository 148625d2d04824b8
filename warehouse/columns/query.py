"""Reads one query: what each of its columns is made of, and what chooses its rows."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from warehouse.columns.expression import aggregates, gives_one_row, origin_of
from warehouse.columns.origin import Input, NotRead, Origin, Relation, mixed
from warehouse.columns.scope import Scope
from warehouse.columns.tables import add_tables

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it tells how it understood `list[1]`, which is no news


def read_query(sql: str, stored: Mapping[str, Relation]) -> tuple[Relation, frozenset[Input]]:
    """What a query in DuckDB's SQL over these relations gives, and the columns that choose its rows.

    Raises NotRead where the SQL cannot be parsed, or a name in it means nothing here.
    """
    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
        scope = Scope(stored, set())
        found = read(tree, scope)
    except NotRead:
        raise
    except (SqlglotError, RecursionError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Of a form that neither the parser nor this reader knows: the page says so, and stands.
        raise NotRead(f"cannot be followed ({type(error).__name__})") from None
    return found, frozenset(scope.conditions)


def read(node: exp.Expr, scope: Scope) -> Relation:
    """What a query gives; `scope` is made for it and holds what is around it."""
    scope.named = _with(node, scope)
    if isinstance(node, exp.Subquery):
        return read(node.this, scope)
    if isinstance(node, exp.SetOperation):
        return _set_operation(node, scope)
    if isinstance(node, exp.Select):
        return _select(node, scope)
    if isinstance(node, exp.Table):
        add_tables([node], scope, read)
        return next(iter(scope.tables.values()))
    raise NotRead(f"a {type(node).__name__} where a query was expected")


def _with(node: exp.Expr, scope: Scope) -> Mapping[str, Relation]:
    clause = node.args.get("with_")
    if clause is None:
        return scope.named
    named = dict(scope.named)
    for cte in clause.expressions:
        names = [column.name.lower() for column in cte.args["alias"].columns]
        place = cte.alias.lower()
        if clause.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
            named[place] = read(cte.this.left, scope.inner(named)).renamed(names)
        # A query that reads itself is read until it tells nothing new.
        while (found := read(cte.this, scope.inner(named)).renamed(names)) != named.get(place):
            named[place] = found
            if not clause.args.get("recursive"):
                break
    return named


def _set_operation(node: exp.SetOperation, scope: Scope) -> Relation:
    """Branches side by side, by name or by place; what EXCEPT and INTERSECT have on the right only chooses rows."""
    branches = [read(branch, scope.inner()) for branch in _branches(node)]
    if isinstance(node, (exp.Except, exp.Intersect)):
        for branch in branches[1:]:
            scope.conditions |= mixed(branch.columns.values()).inputs
        return branches[0]
    if node.args.get("distinct"):
        for branch in branches:
            scope.conditions |= mixed(branch.columns.values()).inputs
    rows = frozenset[str]().union(*(branch.rows for branch in branches))
    if node.args.get("by_name"):
        names = dict.fromkeys(name for branch in branches for name in branch.columns)
        return Relation({name: mixed(b.columns[name] for b in branches if name in b.columns) for name in names}, rows)
    places = zip(*(branch.columns.values() for branch in branches), strict=True)
    return Relation(dict(zip(branches[0].columns, map(mixed, places), strict=True)), rows)


def _branches(node: exp.SetOperation) -> list[exp.Expr]:
    """The branches of a chain of the same operation, without descending once for each."""
    found: list[exp.Expr] = []
    left: exp.Expr = node
    while type(left) is type(node) and left.args.get("by_name") == node.args.get("by_name"):
        found.append(left.expression)
        left = left.this
    return [left, *reversed(found)]


def _select(node: exp.Select, scope: Scope) -> Relation:
    first = node.args.get("from_")
    joins = node.args.get("joins") or []
    add_tables([*([first.this] if first else []), *joins, *(node.args.get("laterals") or [])], scope, read)
    scope.windows = {window.name.lower(): window for window in node.args.get("windows") or []}
    columns: dict[str, Origin] = {}
    for projection in node.expressions:
        for name, origin in _projected(projection, scope):
            columns[name] = origin
            scope.aliases[name] = origin
    scope.conditions |= _conditions(node, columns, scope)
    if gives_one_row(node):
        return Relation(columns)
    return Relation(columns, frozenset[str]().union(*(table.rows for table in scope.tables.values())))


def _conditions(node: exp.Select, columns: Mapping[str, Origin], scope: Scope) -> frozenset[Input]:
    """What chooses the rows of a SELECT: what they are filtered by, put together by, and cut off by."""
    clauses = [node.args[name].this for name in ("where", "having", "qualify") if node.args.get(name)]
    clauses += [projection for projection in node.expressions if projection.find(exp.Explode)]  # unnest makes rows
    if group := node.args.get("group"):
        clauses.append(group)
    if node.args.get("limit") and node.args.get("order"):
        clauses.append(node.args["order"])
    distinct = node.args.get("distinct")
    if distinct and distinct.args.get("on"):
        clauses.append(distinct.args["on"])
    found = [origin_of(clause, scope, read) for clause in clauses]
    if distinct and not distinct.args.get("on"):
        found += columns.values()
    if group and (group.args.get("all") or any(isinstance(key, exp.Literal) for key in group.expressions)):
        keys = (projection for projection in node.expressions if not aggregates(projection))
        found += [origin for key in keys for _, origin in _projected(key, scope)]
    return mixed(found).inputs


def _projected(node: exp.Expr, scope: Scope) -> Iterator[tuple[str, Origin]]:
    star = node.this if isinstance(node, exp.Column) else node
    if isinstance(star, exp.Star):
        yield from _star(star, node.table.lower() if isinstance(node, exp.Column) else "", scope)
        return
    yield node.alias_or_name.lower() or node.sql(dialect="duckdb"), origin_of(node, scope, read)


def _star(star: exp.Star, table: str, scope: Scope) -> Iterator[tuple[str, Origin]]:
    if table and table not in scope.tables:
        raise NotRead(f"no table {table}")
    tables = [scope.tables[table]] if table else [t for name, t in scope.tables.items() if name not in scope.unlisted]
    left_out = {column.name.lower() for column in star.args.get("except_") or []}
    put_in = {new.alias.lower(): new for new in star.args.get("replace") or []}
    called = {new.this.name.lower(): new.alias.lower() for new in star.args.get("rename") or []}
    seen: set[str] = set()
    for found in tables:
        if found.any_column is not None and not found.columns:
            raise NotRead("a star over records without names")
        for name, origin in found.columns.items():
            if name in left_out or (name in seen and name in scope.merged):
                continue
            seen.add(name)
            yield called.get(name, name), origin_of(put_in[name], scope, read) if name in put_in else origin
