"""The database's users: rights on tables that exist; on an old, real server what holds there."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException

from deploy.local.ports import HOST
from deploy.local.servers import ClickHouse, Programs
from grafana.library import BOARDS
from grafana.signals import Source
from pipeline.catalog.dimensions import DIMENSIONS
from schemas.facts import FACTS
from sinks.embedded import EmbeddedStore
from tests.deploy.compose_rules import DEPLOY
from tests.grafana.macros import queries
from tests.reference.stored import migrated_store

TEXT = (DEPLOY / "clickhouse/users.xml").read_text(encoding="utf-8")
TREE = ET.fromstring(TEXT)  # noqa: S314 - our own file
USERS = {user.tag: user for user in TREE.iterfind("users/*") if user.tag != "default"}
FACT_TABLES = {f"fact_{event_type}" for event_type in FACTS}
MAY_INSERT = {
    "admin": set[str](),
    "ingest": FACT_TABLES
    | {"group_minute", "offsets", "dead_letter", "dead_letter_replay", "batch_attempt"}
    | {"clock_segment", "meta", "audit_result"}
    | {"dim_*", "kpi_*", "experiment", "benchmark", "ops_calendar"},
    "rollup": {"metric_value", "metric_live", "signal_baseline", "audit_result", "rollup_window"}
    | {"staged_build", "membership", "paid_order", "milestone_reading", "milestone_now"}
    | {"milestone_incident"},
    "grafana": set[str](),
}
GRANT = re.compile(r"GRANT ([A-Z ,]+) ON (?:(\w+)\.)?([\w*]+)")
each_user = pytest.mark.parametrize("name", USERS)


def grants(name: str) -> list[tuple[set[str], str, str]]:
    """What, on which database, on which table."""
    found = []
    for query in USERS[name].iterfind("grants/query"):
        match = GRANT.fullmatch(query.text or "")
        assert match, query.text
        found.append((set(match[1].split(", ")), match[2] or "", match[3]))
    return found


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@each_user
def test_everyone_has_a_profile_a_quota_and_no_password_here(name: str) -> None:
    user = USERS[name]
    assert TREE.find(f"profiles/{user.findtext('profile')}") is not None
    assert TREE.find(f"quotas/{user.findtext('quota')}") is not None
    assert not [part for part in user if part.tag.startswith("password")]
    assert user.find("access_management") is None


def test_the_user_without_a_name_is_gone() -> None:
    default = TREE.find("users/default")
    assert default is not None
    assert default.attrib == {"remove": "1"}


@each_user
def test_who_may_insert_where(name: str) -> None:
    found = {table for what, _, table in grants(name) if "INSERT" in what}
    assert found == MAY_INSERT[name]


def test_ingest_may_load_every_dimension_table() -> None:
    assert all(any(fnmatch(table, each) for each in MAY_INSERT["ingest"]) for table in DIMENSIONS)


def test_only_admin_makes_and_only_rollup_drops() -> None:
    assert [g for g in grants("admin") if "ALL" in g[0]] == [({"ALL"}, "community", "*")]
    for name in ("ingest", "rollup", "grafana"):
        assert set().union(*(what for what, _, _ in grants(name))) <= {
            "SELECT", "INSERT", "ALTER DELETE"
        }  # fmt: skip
    dropped = {table for what, _, table in grants("rollup") if "ALTER DELETE" in what}
    assert dropped == {"signal_baseline", "membership", "paid_order", "milestone_reading"}
    assert not [g for g in grants("ingest") if "ALTER DELETE" in g[0]]


@pytest.mark.parametrize(
    "text",
    [
        asked.text
        for board in BOARDS
        for asked in queries(board.json())
        if asked.source == Source.CLICKHOUSE
    ],
)
def test_the_boards_ask_for_nothing_that_grafana_may_not_read(text: str) -> None:
    named = re.findall(r"\b(\w+) AS \(", text)  # within the question itself
    tables = set(re.findall(r"(?:FROM|JOIN)\s+([a-z_]\w*)", text)) - set(named)
    assert tables
    assert all(table.startswith("v_") for table in tables), tables


def test_grafana_reads_views_alone() -> None:
    assert grants("grafana") == [({"SELECT"}, "community", "v_*")]
    profile = TREE.find("profiles/grafana")
    assert profile is not None
    assert profile.findtext("readonly") == "1"
    limit = profile.find("constraints/max_execution_time")
    assert limit is not None
    assert limit.find("changeable_in_readonly") is not None
    assert TREE.findtext("profiles/admin/default_normal_view_sql_security") == "DEFINER"


@each_user
def test_its_rights_are_sql_on_tables_that_exist(name: str, engine: EmbeddedStore) -> None:
    tables = set(
        engine.query("SELECT name FROM system.tables WHERE database = 'community'")["name"]
    )
    for query in USERS[name].iterfind("grants/query"):
        statement = f"{query.text} TO {name}"
        formatted = engine.query("SELECT formatQuery(%(sql)s) AS sql", {"sql": statement}).item()
        assert formatted.startswith("GRANT ")
    for _, database, table in grants(name):
        if database == "community" and not table.endswith("*"):
            assert table in tables


def test_every_setting_is_one_of_the_engine(engine: EmbeddedStore) -> None:
    known = set(engine.query("SELECT name FROM system.settings")["name"])
    used = {part.tag for part in TREE.iterfind("profiles/*/*")} - {"constraints"}
    used |= {part.tag for part in TREE.iterfind("profiles/*/constraints/*")}
    assert used <= known


class Guarded(ClickHouse):
    """A server with users.xml as its users, as far as a server of 2018 can read it."""

    def prepare(self) -> Sequence[str | Path]:
        command = super().prepare()
        text = TEXT.replace("clickhouse>", "yandex>")
        for newer in ("default_normal_view_sql_security", "constraints"):
            text = re.sub(rf"<({newer})>.*?</\1>", "", text, flags=re.S)
        (self.folder / "users.d").mkdir(exist_ok=True)
        (self.folder / "users.d" / "pulse.xml").write_text(text, encoding="utf-8")
        passwords = "".join(f"<{name}><password>{name}-pw</password></{name}>" for name in USERS)
        (self.folder / "users.d" / "pulse-passwords.xml").write_text(
            f"<yandex><users>{passwords}</users></yandex>"
        )
        return command

    def healthy(self) -> bool:
        return self.ask("admin", "SELECT 1") == [(1,)]

    def ask(self, user: str, sql: str, password: str = "") -> object:
        """The answer, the code of the server's error, or None where nobody answers."""
        with Client(HOST, self.ports[0], user=user, password=password or f"{user}-pw") as client:
            try:
                return client.execute(sql)
            except ServerException as error:
                return error.code
            except OSError:
                return None


@pytest.mark.server
def test_a_real_server_lets_them_in_by_password_and_grafana_only_reads(
    programs: Programs, tmp_path: Path
) -> None:
    """Rights by GRANT came later than this server: here they hold by `readonly` alone."""
    read_only, unknown_user, wrong_password = 164, 192, 193
    with Guarded(tmp_path, programs) as server:
        assert server.ask("admin", "CREATE DATABASE community") == []
        table = "community.offsets (epoch UInt16) ENGINE = Log"
        assert server.ask("admin", f"CREATE TABLE {table}") == []
        assert server.ask("ingest", "INSERT INTO community.offsets SELECT 1") == []
        assert server.ask("grafana", "SELECT epoch FROM community.offsets") == [(1,)]
        for sql in (
            "INSERT INTO community.offsets SELECT 2",
            "DROP TABLE community.offsets",
            "SET max_rows_to_read = 0",
        ):
            assert server.ask("grafana", sql) == read_only
        assert server.ask("admin", "SELECT count() FROM community.offsets") == [(1,)]
        assert server.ask("grafana", "SELECT 1", password="guess") == wrong_password
        assert server.ask("default", "SELECT 1", password=" ") == unknown_user
