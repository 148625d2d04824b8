"""The rights that a push needs, each with the statement that gives it, and what the reader's role may read."""

from __future__ import annotations

from collections.abc import Iterable

from ingestion.errors import ContractError, TargetRefused
from warehouse.push.place import LEDGER, OURS, has_ledger
from warehouse.push.server import Server
from warehouse.push.stage import STAGING
from warehouse.push.tables import Table
from warehouse.release_tables import sql_name, sql_text

RESERVED = ("public", "none")  # and what begins with `pg_`: PostgreSQL lets nobody make a role of such a name


def refuse_reserved(reader: str) -> None:
    """Raise ContractError for a reader's role that cannot be made: `public` would be everybody."""
    if reader in RESERVED or reader.startswith("pg_"):
        raise ContractError(
            f"CITYPULSE_POSTGRES_READER is {reader}, a name that PostgreSQL keeps for itself.",
            next_step="name a role of your own, or leave it unset for citypulse_reader.",
        )


def check_rights(server: Server, tables: Iterable[Table], reader: str) -> None:
    """Raise TargetRefused where the account may not do what a push does, with all that an administrator has to run."""
    server.doing = "looking for the rights of the account"
    account, database, may_make, may_make_roles, has_reader = server.rows(
        "SELECT CAST(current_user AS text), CAST(current_database() AS text), "
        "has_database_privilege(current_database(), 'CREATE'), rolsuper OR rolcreaterole, "
        f"EXISTS (SELECT FROM pg_roles WHERE rolname = {sql_text(reader)}) FROM pg_roles WHERE rolname = current_user"
    )[0]
    lacks = {}
    if not may_make:
        lacks["make schemas"] = f"GRANT CREATE ON DATABASE {sql_name(database)} TO {sql_name(account)};"
    if not (has_reader or may_make_roles):
        lacks[f"make the role {reader}"] = f"CREATE ROLE {sql_name(reader)} NOLOGIN;"
    if closed := _closed_schemas(server, {OURS, *(table.schema for table in tables)}, reader):
        listed = ", ".join(map(sql_name, closed))
        lacks[f"fill {', '.join(closed)}"] = (
            f"GRANT USAGE, CREATE ON SCHEMA {listed} TO {sql_name(account)} WITH GRANT OPTION;"
        )
    if left := _names(server, f"starts_with(nspname, {sql_text(STAGING)}) AND NOT pg_has_role(nspowner, 'USAGE')"):
        lacks[f"drop {', '.join(left)}"] = f"DROP SCHEMA {', '.join(map(sql_name, left))} CASCADE;"
    if has_ledger(server, "NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT') AND "
                  "has_table_privilege(oid, 'DELETE'))"):  # fmt: skip
        lacks[f"write {OURS}.pushed"] = f"GRANT SELECT, INSERT, DELETE ON {LEDGER} TO {sql_name(account)};"
    elif not closed and (owners := _other_owners(server)):
        lacks[f"replace what {', '.join(owners)} pushed"] = (
            "SELECT format('ALTER TABLE %I.%I OWNER TO %I', schema_name, table_name, "
            f"{sql_text(account)}) FROM {LEDGER} \\gexec"
        )
    if lacks:
        raise TargetRefused(
            "rights",
            f"Account {account} may not {', nor '.join(lacks)} in database {database}.",
            next_step=f"as an administrator, in psql: {' '.join(lacks.values())}",
        )


def unread(server: Server, tables: Iterable[Table], reader: str) -> list[str]:
    """Which of the tables, all of them there, the reader's role may not read; all where there is no such role."""
    server.doing = "looking whether the reader may read"
    names = ", ".join(f"({sql_text(str(t))}, {sql_text(sql_name(t.schema, t.name))})" for t in tables)
    rows = server.rows(
        f"SELECT told FROM (VALUES {names}) AS ours (told, name) "
        f"LEFT JOIN pg_roles AS r ON rolname = {sql_text(reader)} WHERE (has_table_privilege(r.oid, name, 'SELECT') "
        "AND has_schema_privilege(r.oid, split_part(told, '.', 1), 'USAGE')) IS NOT TRUE"
    )
    return [name for (name,) in rows]


def _closed_schemas(server: Server, schemas: Iterable[str], reader: str) -> list[str]:
    """Schemas there in which the account may not make tables, or which it may not open to the reader's role."""
    listed = ", ".join(map(sql_text, schemas))
    reads = f"SELECT has_schema_privilege(r.oid, n.oid, 'USAGE') FROM pg_roles AS r WHERE rolname = {sql_text(reader)}"
    opens = f"nspname = {sql_text(OURS)} OR has_schema_privilege(oid, 'USAGE WITH GRANT OPTION') OR ({reads})"
    may = f"has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE') AND ({opens})"
    return _names(server, f"CAST(nspname AS text) IN ({listed}) AND ({may}) IS NOT TRUE")


def _names(server: Server, condition: str) -> list[str]:
    rows = server.rows(f"SELECT CAST(nspname AS text) FROM pg_namespace AS n WHERE {condition} ORDER BY 1")
    return [name for (name,) in rows]


def _other_owners(server: Server) -> list[str]:
    """Accounts, none of them ours, to which tables of earlier pushes belong: only an owner may drop and lock one."""
    if not has_ledger(server):
        return []
    rows = server.rows(
        f"SELECT DISTINCT CAST(pg_get_userbyid(relowner) AS text) FROM {LEDGER} JOIN pg_namespace AS n "
        "ON nspname = schema_name JOIN pg_class ON relnamespace = n.oid AND relname = table_name "
        "WHERE NOT pg_has_role(relowner, 'USAGE') ORDER BY 1"
    )
    return [name for (name,) in rows]
