"""The runbook answers every alert and no other, and whatever it says to run can be run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.servers import Programs
from pipeline.alerting.rules import alert_groups
from pipeline.catalog.series import Type, all_series
from sinks.embedded import EmbeddedStore
from tests.deploy.rule_cases import run
from tests.reference.stored import migrated_store

RUNBOOK = Path("deploy/runbook.md").read_text(encoding="utf-8")
SECTIONS = {
    section.partition("\n")[0]: section for section in re.split(r"^## ", RUNBOOK, flags=re.M)[1:]
}
ALERTS = {alert.name for alerts in alert_groups().values() for alert in alerts}
PROMQL = re.findall(r"```promql\n(.*?)\n```", RUNBOOK, re.S)
SQL = re.findall(r"```sql\n(.*?)\n```", RUNBOOK, re.S)


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    assert set(SECTIONS) == ALERTS


@pytest.mark.parametrize("name", SECTIONS)
@pytest.mark.parametrize("part", ["**Means.**", "**Look at.**", "**Usual causes", "**Do.**"])
def test_a_section_has_its_four_parts(name: str, part: str) -> None:
    assert part in SECTIONS[name]


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_says_what_to_query(name: str) -> None:
    assert "```promql" in SECTIONS[name]


def test_promtool_understands_every_query(programs: Programs, tmp_path: Path) -> None:
    records = [{"record": f"query:{n}", "expr": query} for n, query in enumerate(PROMQL)]
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "runbook", "rules": records}]}))
    run(programs.promtool, "check", "rules", file)


def test_every_series_it_names_is_exported() -> None:
    exported = {series.name for series in all_series()}
    exported |= {f"{s.name}_bucket" for s in all_series() if s.type is Type.HISTOGRAM}
    named = {name for query in PROMQL for name in re.findall(r"\bcommunity_\w+", query)}
    assert named - exported == set()


@pytest.mark.parametrize("number", range(len(SQL)))
def test_every_statement_runs_on_an_empty_store(number: int, store: EmbeddedStore) -> None:
    assert store.query(SQL[number]).height == 0


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    with migrated_store(tmp_path_factory.mktemp("store")) as embedded:
        yield embedded
