"""Lets a query pass only if it can do nothing but read our tables.

`readonly=1` alone does not hold here: the embedded engine is built on ClickHouse's local tool,
where INTO OUTFILE writes files, the function file() reads them, sqlite() makes them, DESCRIBE
reads files and URLs, a subquery sets what it likes, and KILL, SYSTEM, USE and SET ROLE run. So the
engine itself parses each text, as a value and never as a statement, and what it found there is held
against lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from chdb.session import Session

from sinks.endpoint_errors import SYNTAX_ERROR, QueryFailed, from_engine
from sinks.sql import literal

VETTED = (26, 9)
"""The engine whose functions were looked through; younger ones are refused until they are."""

LONGEST = 1 << 20
"""Characters of a query at most."""

TABLE_FUNCTIONS = frozenset(
    {
        "generaterandom",
        "generateseries",
        "generate_series",
        "merge",
        "null",
        "numbers",
        "numbers_mt",
        "values",
        "view",
        "zeros",
        "zeros_mt",
    }
)
"""What may stand after FROM with arguments: none of these leaves the engine."""

DENIED = frozenset(
    {
        "file",
        "generateserialid",
        "hascolumnintable",  # tells whether a path exists, through the database `default`
        "logtrace",
        "showcertificate",
    }
)
_DENIED_CATEGORIES = ("AI",)
FILES = "default"
"""The engine's database whose table names are paths of files."""

_STATEMENTS = frozenset(
    {
        "ExplainQuery",
        "SelectIntersectExceptQuery",
        "SelectQuery",
        "SelectWithUnionQuery",
        "SetQuery",  # options of an EXPLAIN; for others see _check_settings
        "ShowColumnsQuery",
        "ShowFunctionsQuery",
        "ShowIndexesQuery",
        "ShowTablesQuery",
        "TablesInSelectQuery",
    }
)

_PLAIN_STATEMENTS = frozenset(
    {
        "DescribeQuery",
        "ExistsDatabaseQuery",
        "ExistsTableQuery",
        "ExistsViewQuery",
        "ShowCreateDatabaseQuery",
        "ShowCreateTableQuery",
        "ShowCreateViewQuery",
        "ShowProcesslistQuery",
    }
)
"""Statements that the engine cannot give as JSON; their outline is read instead."""

_PLAIN_NODES = frozenset(
    {
        "Asterisk",
        "ExpressionList",
        "Function",
        "Identifier",
        "Literal",
        "OrderByElement",
        "QualifiedAsterisk",
        "SelectQuery",
        "SelectWithUnionQuery",
        "Subquery",
        "TableExpression",
        "TableIdentifier",
        "TableJoin",
        "TablesInSelectQuery",
        "TablesInSelectQueryElement",
        "WithElement",
    }
)
"""What may stand in those: parts that the outline shows whole."""

_NODE = re.compile(r" *(\w+)(?: ([^ ]+))?")
_NAME = re.compile(r"\w+")


class QueryGate:
    """Judges queries of one engine; reads the engine's lists of functions once."""

    def __init__(self, session: Session) -> None:
        scalars = _rows(
            session,
            "SELECT lower(name), categories, introduced_in FROM system.functions"
            " WHERE NOT is_aggregate",
        )
        self._functions = DENIED | {
            name
            for name, category, since in scalars
            if category in _DENIED_CATEGORIES or _version(since) > VETTED
        }
        listed = _rows(session, "SELECT lower(name) FROM system.table_functions")
        also_scalar = {"format"}
        self._tables = {name for (name,) in listed} - TABLE_FUNCTIONS - also_scalar

    def check(self, session: Session, text: str, params: Mapping[str, str]) -> str:
        """The format that the query names itself, or ''; raises QueryFailed if it may not run.

        `session` is a read-only one. Nothing of the query is executed.
        """
        if len(text) > LONGEST:
            raise QueryFailed(SYNTAX_ERROR, f"Max query size exceeded: {LONGEST} characters")
        kind = session._conn._conn.classify_query(text)  # the wrappers do not pass it on
        kind_name, count = kind["query_class"].name, kind["statement_count"]
        if count > 1:
            raise QueryFailed(SYNTAX_ERROR, "Multi-statements are not allowed")
        if kind_name not in ("READ_ONLY", "UNKNOWN"):
            raise QueryFailed(164, "Cannot execute query in readonly mode")
        try:
            tree = _rows(session, f"SELECT parseQueryToJSON({literal(text)})")
        except QueryFailed as error:
            if error.code == SYNTAX_ERROR or kind_name == "UNKNOWN":
                raise
            return self._check_outline(_outline(session, text, params))
        root = json.loads(tree[0][0])
        if kind_name == "UNKNOWN" or root.get("out_file"):
            raise QueryFailed(164, "Cannot execute query in readonly mode")
        for node in _nodes(root):
            self._check_node(node, params)
        return str((root.get("format_ast") or {}).get("name", ""))

    def _check_node(self, node: Mapping[str, Any], params: Mapping[str, str]) -> None:
        kind, name = node["type"], str(node.get("name", ""))
        if kind.endswith("Query") and kind not in _STATEMENTS:
            raise QueryFailed(164, f"Cannot execute {kind} in readonly mode")
        if kind != "ExplainQuery":
            _check_settings(node)
        if "table_function" in node:
            self._check_table_function(str(node["table_function"].get("name", "")))
        if kind == "Function":
            self._check_function(name)
        elif kind == "ColumnsApplyTransformer":
            self._check_function(str(node.get("func_name", "")))
        elif kind in ("Identifier", "TableIdentifier"):
            self._check_identifier(name)
        elif kind == "QueryParameter" and node.get("param_type") == "Identifier":
            value = params.get(name, "")
            if not _NAME.fullmatch(value):
                raise QueryFailed(36, f"Parameter {name} is no plain name: {value!r}")
            self._check_identifier(value)

    def _check_function(self, name: str) -> None:
        last = name.lower().rpartition(".")[2]
        if last in self._functions or last in self._tables:
            raise QueryFailed(446, f"Function {name} is not allowed here")

    def _check_table_function(self, name: str) -> None:
        if name.lower() not in TABLE_FUNCTIONS:
            raise QueryFailed(446, f"Table function {name} is not allowed here")

    def _check_identifier(self, name: str) -> None:
        first, _, rest = name.partition(".")
        if first == FILES:
            raise QueryFailed(60, f"There is no table {rest} in database {FILES}")
        if name.lower().rpartition(".")[2] in self._functions:  # arrayMap(file, ...) calls it
            raise QueryFailed(446, f"Function {name} is not allowed here")

    def _check_outline(self, lines: list[str]) -> str:
        found = [_NODE.match(line) for line in lines]
        kinds = [(match[1], match[2] or "") if match else ("", "") for match in found]
        if kinds[0][0] not in _PLAIN_STATEMENTS:
            raise QueryFailed(48, f"{kinds[0][0]} is not served here")
        for kind, name in kinds[1:]:
            if kind not in _PLAIN_NODES:
                raise QueryFailed(48, f"{kind} is not served in {kinds[0][0]}")
            if kind == "Function":
                self._check_function(name)
            elif kind in ("Identifier", "TableIdentifier"):
                self._check_identifier(name)
        last = lines[-1]
        is_format = last.startswith(" Identifier ") and "TableExpression" in lines[1]
        return kinds[-1][1] if is_format else ""


def _check_settings(node: Mapping[str, Any]) -> None:
    """Refuse SETTINGS wherever they stand: readonly=1 lets those of a subquery pass."""
    for key in ("settings", "settings_ast"):
        if key in node:
            settings = node[key] or {}
            if not isinstance(settings, dict):  # in SHOW SETTINGS it says: of settings
                raise QueryFailed(48, f"{node['type']} of settings is not served here")
            changes = settings.get("changes") or [{"name": ""}]
            name = changes[0].get("name", "")
            raise QueryFailed(164, f"Cannot modify '{name}' setting in readonly mode")


def _nodes(root: object) -> Iterator[Mapping[str, Any]]:
    """Every node of the parsed query, wherever it hangs."""
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if "type" in item:
                yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _outline(session: Session, text: str, params: Mapping[str, str]) -> list[str]:
    """The engine's indented outline of one reading statement, its parameters filled in."""
    try:
        answer = session.query(f"EXPLAIN AST {text}", "TSVRaw", params=dict(params))
    except RuntimeError as error:
        raise from_engine(error) from None
    return [line for line in answer.bytes().decode(errors="replace").split("\n") if line]


def _rows(session: Session, sql: str) -> list[list[str]]:
    try:
        answer = session.query(sql, "JSONCompact").bytes()
    except RuntimeError as error:
        raise from_engine(error) from None
    return [[str(value) for value in row] for row in json.loads(answer)["data"]]


def _version(since: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", since)[:2])
