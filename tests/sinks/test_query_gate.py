"""Everything that must not get through: nothing is written, read from outside, or let loose."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from tests.sinks.conftest import Served
from tests.sinks.endless import ENDLESS

CLIENT = httpx.Client(timeout=60)
"""One for all: to make one takes longer than to ask."""

SECRET = "secret"
READONLY = 164
NOT_ALLOWED = 446
SYNTAX = 62

STATEMENTS = [
    "INSERT INTO fact_chat (event_id) VALUES ('x')",
    "INSERT INTO fact_chat (event_id) SELECT 'x'",
    "INSERT INTO fact_chat FROM INFILE '{bait}' FORMAT CSV",
    "INSERT INTO FUNCTION file('{folder}/out.csv', 'CSV', 'a Int8') SELECT 1",
    "INSERT INTO FUNCTION url('{server}', 'CSV', 'a Int8') SELECT 1",
    "CREATE TABLE t (a Int8) ENGINE = Memory",
    "CREATE TABLE t ENGINE = Memory AS SELECT 1",
    "CREATE TABLE t (a String) ENGINE = File(CSV, '{bait}')",
    "CREATE TEMPORARY TABLE t (a Int8)",
    "CREATE OR REPLACE VIEW v AS SELECT 1",
    "CREATE MATERIALIZED VIEW v ENGINE = Memory AS SELECT 1",
    "CREATE DATABASE q",
    "CREATE FUNCTION f AS (x) -> x",
    "CREATE USER u",
    "CREATE NAMED COLLECTION c AS a = 1",
    "CREATE DICTIONARY d (a UInt64) PRIMARY KEY a SOURCE(FILE(path '{bait}' format CSV))"
    " LAYOUT(FLAT()) LIFETIME(0)",
    "GRANT ALL ON *.* TO default",
    "REVOKE ALL ON *.* FROM default",
    "ALTER TABLE fact_chat DELETE WHERE 1",
    "ALTER TABLE fact_chat DROP COLUMN group_id",
    "ALTER TABLE fact_chat FREEZE",
    "DELETE FROM fact_chat WHERE 1",
    "UPDATE fact_chat SET group_id = 'z' WHERE 1",
    "DROP TABLE fact_chat",
    "DROP DATABASE community",
    "UNDROP TABLE fact_chat",
    "TRUNCATE TABLE fact_chat",
    "OPTIMIZE TABLE fact_chat FINAL",
    "RENAME TABLE fact_chat TO x",
    "EXCHANGE TABLES fact_chat AND fact_join",
    "ATTACH TABLE t",
    "ATTACH TABLE t FROM '{folder}' (a Int8) ENGINE = Memory",
    "DETACH TABLE fact_chat",
    "BACKUP TABLE fact_chat TO File('{folder}/backup')",
    "BACKUP TABLE fact_chat TO Disk('default', 'backup')",
    "RESTORE TABLE fact_chat FROM File('{folder}/backup')",
    "KILL QUERY WHERE 1",
    "KILL MUTATION WHERE 1",
    "SYSTEM STOP MERGES",
    "SYSTEM SHUTDOWN",
    "SYSTEM FLUSH LOGS",
    "SYSTEM DROP MARK CACHE",
    "SYSTEM RELOAD CONFIG",
    "SET readonly = 0",
    "SET max_execution_time = 0",
    "SET ROLE ALL",
    "USE system",
    "BEGIN TRANSACTION",
    "EXECUTE AS default SELECT 1",
    "CHECK TABLE fact_chat",
    "SELECT 1 INTO OUTFILE '{folder}/out.txt'",
    "SELECT 1 INTO OUTFILE '{folder}/out.txt' TRUNCATE FORMAT CSV",
    "SELECT 1 INTO OUTFILE '{folder}/out.txt' APPEND AND STDOUT FORMAT CSV",
    "(SELECT 1) INTO OUTFILE '{folder}/out.txt'",
    "SHOW TABLES INTO OUTFILE '{folder}/out.txt'",
    "DESCRIBE fact_chat INTO OUTFILE '{folder}/out.txt'",
    "EXPLAIN SELECT 1 INTO OUTFILE '{folder}/out.txt'",
    "EXPLAIN AST DROP TABLE fact_chat",
    "EXPLAIN PIPELINE INSERT INTO fact_chat SELECT * FROM fact_chat",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS readonly = 2",
    "SELECT 1 SETTINGS max_execution_time = 3600",
    "SELECT 1 SETTINGS max_memory_usage = 0",
    "SELECT 1 SETTINGS allow_introspection_functions = 1",
    "SELECT 1 SETTINGS additional_result_filter = 'file(''{bait}'') != '''''",
    "SELECT * FROM (SELECT 1 SETTINGS max_result_rows = 0)",
    "SELECT * FROM (SELECT 1 SETTINGS readonly = 0)",
    "SELECT 1 WHERE 1 IN (SELECT 1 SETTINGS max_execution_time = 0)",
    "WITH t AS (SELECT 1 SETTINGS max_memory_usage = 0) SELECT * FROM t",
    "SELECT 1 FORMAT JSON SETTINGS max_threads = 64",
    "EXPLAIN SELECT 1 SETTINGS max_threads = 64",
    "SELECT 1 SETTINGS no_such_setting = 1",
    "SELECT 1 SETTINGS max_threads = DEFAULT",
]
"""Refused with 164: they write, or change the session, the engine or a limit."""

FUNCTIONS = [
    "SELECT file('{bait}')",
    "SELECT `file`('{bait}')",
    "SELECT file('{fold' || 'er}/bait.csv')",
    "SELECT (SELECT (SELECT file('{bait}')))",
    "SELECT arrayMap(file, ['{bait}'])",
    "SELECT arrayMap(x -> file(x), ['{bait}'])",
    "WITH (x) -> file(x) AS f SELECT f('{bait}')",
    "SELECT * APPLY(file) FROM (SELECT '{bait}' AS a)",
    "SELECT * APPLY file FROM (SELECT '{bait}' AS a)",
    "SELECT * APPLY(x -> file(x)) FROM (SELECT '{bait}' AS a)",
    "SELECT COLUMNS('a') APPLY(file) FROM (SELECT '{bait}' AS a)",
    "SELECT * REPLACE(file(a) AS a) FROM (SELECT '{bait}' AS a)",
    "SELECT sum(1) OVER (PARTITION BY file('{bait}'))",
    "SELECT 1 ORDER BY file('{bait}')",
    "SELECT 1 LIMIT length(file('{bait}'))",
    "SELECT 1 WHERE 1 IN (SELECT file('{bait}'))",
    "SELECT count() FILTER (WHERE file('{bait}') != '')",
    "SELECT 1 UNION ALL SELECT file('{bait}')",
    "SHOW TABLES WHERE file('{bait}') != ''",
    "SHOW COLUMNS FROM fact_chat WHERE file('{bait}') != ''",
    "EXPLAIN SELECT file('{bait}')",
    "EXPLAIN AST SELECT file('{bait}')",
    "DESCRIBE (SELECT file('{bait}'))",
    "SELECT * FROM view(SELECT file('{bait}'))",
    "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT file('{bait}')))",
    "SELECT showCertificate()",
    "SELECT hasColumnInTable('default', '{bait}', 'c1')",
    "SELECT aiGenerate('hello')",
    "SELECT aiEmbed('hello')",
    "SELECT * FROM file('{bait}')",
    "SELECT * FROM file('{bait}', 'CSV', 'a String, b Int8')",
    "SELECT * FROM FILE('{bait}')",
    "DESCRIBE file('{bait}')",
    "DESCRIBE TABLE file('{bait}', 'CSV')",
    "EXPLAIN ESTIMATE SELECT * FROM file('{bait}')",
    "EXPLAIN TABLE OVERRIDE file('{bait}') COLUMNS (a Int8)",
    "SELECT * FROM url('{server}', 'CSV', 'a String')",
    "DESCRIBE url('{server}')",
    "DESCRIBE url('{server}', 'CSV')",
    "SELECT * FROM urlCluster('default', '{server}', 'CSV', 'a String')",
    "SELECT * FROM fileCluster('default', '{bait}')",
    "SELECT * FROM s3('{server}/bucket/x', 'CSV', 'a String')",
    "DESCRIBE s3('{server}/bucket/x')",
    "SELECT * FROM gcs('{server}/bucket/x')",
    "SELECT * FROM azureBlobStorage('a', 'b', 'c')",
    "SELECT * FROM hdfs('hdfs://127.0.0.1:1/a', 'CSV', 'a String')",
    "SELECT * FROM deltaLake('{server}/bucket/x')",
    "SELECT * FROM deltaLakeLocal('{folder}')",
    "SELECT * FROM icebergLocal('{folder}')",
    "SELECT * FROM hudi('{server}/bucket/x')",
    "SELECT * FROM paimonLocal('{folder}')",
    "SELECT * FROM remote('127.0.0.1:1', 'system.one')",
    "SELECT * FROM remoteSecure('127.0.0.1:1', 'system.one')",
    "SELECT * FROM cluster('default', 'system.one')",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'a String')",
    "SELECT * FROM redis('127.0.0.1:1', 'k', 'k String')",
    "SELECT * FROM sqlite('{folder}/made.db', 't')",
    "SELECT * FROM jdbc('a', 'b', 'c')",
    "SELECT * FROM odbc('a', 'b', 'c')",
    "SELECT * FROM executable('id', 'TSV', 'a String')",
    "SELECT * FROM python('variable')",
    "SELECT * FROM Python(variable)",
    "DESCRIBE python(variable)",
    "SELECT * FROM arrowstream('x')",
    "SELECT * FROM dictionary('x')",
    "SELECT * FROM filesystem('{folder}')",
    "SELECT * FROM loop('system', 'one')",
    "SELECT * FROM input('a String')",
    "SELECT * FROM eval('SELECT file(''{bait}'')')",
    "SELECT * FROM format(CSV, 'a')",
    "SELECT 1 WHERE 1 IN (remote('127.0.0.1:1', 'system.one'))",
    "SELECT * FROM (EXPLAIN SELECT * FROM file('{bait}'))",
]
"""Refused with 446: what they name reaches out of the engine."""

OTHERS = [
    ("SELECT 1; DROP TABLE fact_chat", SYNTAX),
    ("SELECT 1; SELECT 2", SYNTAX),
    ("SELECT 1; SET readonly = 0", SYNTAX),
    ("DROP TABLE fact_chat PARALLEL WITH DROP TABLE fact_join", SYNTAX),
    ("exit", SYNTAX),
    ("quit", SYNTAX),
    ("\\q", SYNTAX),
    (";", SYNTAX),
    ("/* nothing */", SYNTAX),
    ("COPY fact_chat TO '{folder}/out.csv'", SYNTAX),
    ("SELECT * FROM '{bait}'", 60),
    ("SELECT * FROM `{bait}`", 60),
    ("SELECT * FROM `/etc/passwd`", 60),
    ("SELECT * FROM `{server}/x.csv`", 60),
    ("SELECT * FROM default.`{bait}`", 60),
    ("DESCRIBE TABLE default.`{bait}`", 60),
    ("EXISTS TABLE default.`{bait}`", 60),
    ("SELECT 1 WHERE 1 IN default.`{bait}`", 60),
    ("SELECT * FROM system.stack_trace", 60),
    ("SELECT * FROM merge('system', '^stack_trace$')", 636),
    ("SELECT * FROM system.users", 497),
    ("SHOW GRANTS", 48),
    ("SHOW ACCESS", 48),
    ("SHOW SETTINGS LIKE 'max%'", 48),
    ("SHOW CHANGED SETTINGS ILIKE '%'", 48),
    ("SHOW SETTING max_threads", 48),
    ("SELECT catboostEvaluate('{folder}/model', 1)", 46),
    ("SELECT addressToLine(toUInt64(1))", NOT_ALLOWED),
    ("SELECT 1 FORMAT MySQLWire", 73),
    ("SELECT 1 FORMAT DataFrame", 73),
    ("SELECT 1 FORMAT Nonsense", 73),
    ("SELECT sleepEachRow(3) FROM numbers(100)", 160),
    ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t", 306),
    ("SELECT groupArray(number) FROM numbers(1000000000)", 241),
    ("SELECT number FROM numbers(200001)", 396),
    ("SELECT repeat('x', 1000000) FROM numbers(100000)", None),
    ("SELECT '{million}'", SYNTAX),
]  # fmt: skip
"""Refused otherwise; None: memory or the size of the answer, whichever is reached first."""

TOO_LONG = ["SELECT sleep(3)", ENDLESS, "SELECT sum(number) FROM system.numbers"]


class Visited(BaseHTTPRequestHandler):
    """Counts who comes; nobody may."""

    visits = 0

    def handle(self) -> None:
        type(self).visits += 1
        self.request.close()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    Visited.visits = 0
    with HTTPServer(("127.0.0.1", 0), Visited) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def everything(folder: Path) -> set[Path]:
    return {path for path in folder.iterdir() if path.name != "store"}


def refused(served: Served, server: str, sql: str, **params: str) -> tuple[int, str]:
    """The code and the text that `sql` is refused with, and that nothing came of it."""
    before, bait = everything(served.folder), served.folder / "bait.csv"
    values = {
        "{folder}": str(served.folder), "{bait}": str(bait), "{server}": server,
        "{fold' || 'er}": f"{served.folder.parent}/' || '{served.folder.name}",
        "{million}": "x" * 1_100_000,
    }  # fmt: skip
    for name, value in values.items():
        sql = sql.replace(name, value)
    answer = CLIENT.post(served.url, params=params, content=sql)
    assert answer.status_code >= 400, answer.text[:200]
    assert everything(served.folder) == before, "a file was written"
    assert "secret,1" not in answer.text, "a file was read"
    assert Visited.visits == 0, "a server was asked"
    assert answer.text.startswith(f"Code: {answer.headers['X-ClickHouse-Exception-Code']}. DB::")
    return int(answer.headers["X-ClickHouse-Exception-Code"]), answer.text


@pytest.mark.parametrize("sql", STATEMENTS)
def test_what_changes_anything_is_refused(served: Served, server: str, sql: str) -> None:
    assert refused(served, server, sql)[0] == READONLY


@pytest.mark.parametrize("sql", FUNCTIONS)
def test_what_reaches_outside_is_refused(served: Served, server: str, sql: str) -> None:
    code, text = refused(served, server, sql)
    assert code in (NOT_ALLOWED, 48), text


@pytest.mark.parametrize(("sql", "code"), OTHERS)
def test_the_rest_is_refused(served: Served, server: str, sql: str, code: int | None) -> None:
    assert refused(served, server, sql)[0] == (code or 241) or code is None


@pytest.mark.parametrize("name", ["file", "File", "x.file", "default", "a\\x2eb", "`x`", "", "a b"])
def test_a_name_from_a_parameter_is_held_to_the_same_list(
    served: Served, server: str, name: str
) -> None:
    sql = "SELECT arrayMap({f:Identifier}, ['{bait}'])"
    assert refused(served, server, sql, param_f=name)[0] in (36, 60, NOT_ALLOWED)
    sql = "SELECT * FROM {d:Identifier}.`{bait}`"
    assert refused(served, server, sql, param_d=name)[0] in (36, 60, 81, NOT_ALLOWED)


@pytest.mark.parametrize(
    "setting",
    ["readonly=0", "readonly=2", "max_memory_usage=0", "max_memory_usage=99999999999",
     "max_result_rows=1000000", "max_threads=32", "allow_introspection_functions=1",
     "max_execution_time=0", "user_files_path=/", "dialect=prql", "profile=default"],
)  # fmt: skip
def test_no_setting_of_a_request_opens_anything(served: Served, server: str, setting: str) -> None:
    name, _, value = setting.partition("=")
    assert refused(served, server, "SELECT 1", **{name: value})[0] in (115, READONLY, 452)


@pytest.mark.parametrize("sql", TOO_LONG)
def test_what_takes_too_long_is_ended(hasty: Served, server: str, sql: str) -> None:
    assert refused(hasty, server, sql)[0] == 159


def test_patience_beyond_ours_does_not_lengthen_a_query(hasty: Served, server: str) -> None:
    assert refused(hasty, server, ENDLESS, max_execution_time="3600")[0] == 159


READS = [
    "SELECT count() FROM fact_chat",
    "SELECT count() FROM community.fact_chat",
    "SELECT count() FROM v_group_minute",
    "WITH x AS (SELECT 1 AS a) SELECT * FROM x",
    "SELECT arrayMap(x -> x + 1, [1, 2]), sumIf(1, 1), uniqExact(1)",
    "SELECT * EXCEPT(event_id) APPLY(max) FROM fact_chat",
    "SELECT * APPLY(x -> toString(x)) FROM system.one",
    "SELECT url, file_name FROM (SELECT 1 AS url, 2 AS file_name)",
    "SELECT row_number() OVER (ORDER BY event_ms) FROM fact_chat LIMIT 1",
    "SELECT * FROM numbers(3) UNION ALL SELECT 1 INTERSECT SELECT 1",
    "SELECT count() FROM merge('community', '^fact_')",
    "SELECT number FROM system.numbers LIMIT 1",
    "SELECT 1 -- a remark; with a semicolon",
    "SELECT 1; -- a remark",
    "SELECT name FROM system.tables WHERE database = 'community'",
    "SELECT name, type FROM system.columns WHERE table = 'fact_chat'",
    "SHOW TABLES",
    "SHOW DATABASES",
    "SHOW COLUMNS FROM fact_chat",
    "SHOW CREATE TABLE fact_chat",
    "SHOW PROCESSLIST",
    "DESCRIBE TABLE fact_chat",
    "DESC fact_chat FORMAT JSON",
    "DESCRIBE (SELECT 1 AS a, 'x' AS b)",
    "EXISTS TABLE fact_chat",
    "EXPLAIN SELECT * FROM fact_chat",
    "EXPLAIN PIPELINE SELECT 1",
]


@pytest.mark.parametrize("sql", READS)
def test_what_an_analyst_asks_is_answered(served: Served, sql: str) -> None:
    answer = CLIENT.post(served.url, content=sql)
    assert answer.status_code == 200, answer.text
    assert answer.content


def test_after_all_this_the_store_is_whole_and_works(served: Served) -> None:
    assert served.store.query("SELECT count() AS n FROM fact_chat").item() == 1_000
    served.store.execute("OPTIMIZE TABLE fact_chat")
    assert served.store.query("SELECT getSetting('readonly') AS r").item() == 0
    assert served.store.query("SELECT count() AS n FROM system.merges").item() >= 0


def test_every_function_of_a_younger_engine_waits_to_be_looked_at(served: Served) -> None:
    """If this fails the engine was upgraded: read what is new, then raise query_gate.VETTED."""
    version = served.store.version().split(".")
    assert (int(version[0]), int(version[1])) == (26, 9)
