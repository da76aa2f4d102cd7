"""`pulse alerts show|set|quiet|render`, typed as a user does, and by one who mistypes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from deploy.local.servers import Programs
from pipeline.cli.main import main
from tests.deploy.rule_cases import run as run_program

THRESHOLD = "C06.slow.4w.threshold"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "alerts.yaml"
    monkeypatch.setenv("PULSE_ALERTS_FILE", str(path))
    return path


@dataclass(frozen=True)
class Called:
    code: int
    out: str
    err: str


Alerts = Callable[..., Called]


@pytest.fixture
def alerts(capsys: pytest.CaptureFixture[str]) -> Alerts:
    def call(*words: str) -> Called:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["alerts", *words])
        said = capsys.readouterr()
        return Called(int(left.value.code or 0), said.out, said.err)

    return call


def shown(alerts: Alerts, scope: str = "all") -> float:
    told = json.loads(alerts("show", "--metric", "C06", "--json").out)
    (row,) = (
        row for row in told["thresholds"] if (row["drop"], row["scope"]) == ("slow.4w", scope)
    )
    return float(row["threshold"])


def test_what_is_set_holds_for_its_scope_alone(alerts: Alerts, file: Path) -> None:
    before = shown(alerts)
    assert alerts("set", "--group", "readers-7", f"{THRESHOLD}=0.25").code == 0
    assert alerts("set", "--type", "service", f"{THRESHOLD}=0.3").code == 0
    assert (shown(alerts), shown(alerts, "group readers-7"), shown(alerts, "type service")) == (
        before,
        0.25,
        0.3,
    )
    assert yaml.safe_load(file.read_text()) == {
        "groups": {"readers-7": {THRESHOLD: 0.25}},
        "types": {"service": {THRESHOLD: 0.3}},
    }


def test_an_empty_value_and_reset_bring_the_default_back(alerts: Alerts, file: Path) -> None:
    before = shown(alerts)
    alerts("set", f"{THRESHOLD}=0.6", "C06.slow.4w.min_sample=80")
    assert shown(alerts) == 0.6
    alerts("set", f"{THRESHOLD}=")
    assert shown(alerts) == before
    alerts("set", "--reset")
    assert yaml.safe_load(file.read_text()) is None


def test_quiet_hours_are_added_and_forgotten(alerts: Alerts, file: Path) -> None:
    alerts("quiet", "22:00-08:00")
    alerts("quiet", "00:00-24:00", "--day", "sunday", "--severity", "critical")
    told = json.loads(alerts("show", "--json").out)["quiet"]
    assert [(one["since"], one["days"], one["severities"]) for one in told] == [
        ("22:00", [], ["warning"]),
        ("00:00", ["sunday"], ["critical"]),
    ]
    assert "Quiet 22:00-08:00 Asia/Shanghai, every day: warning" in alerts("show").out
    alerts("quiet", "none")
    assert json.loads(alerts("show", "--json").out)["quiet"] == []


def test_what_is_rendered_is_what_was_set_and_the_servers_accept_it(
    alerts: Alerts, file: Path, tmp_path: Path, programs: Programs
) -> None:
    alerts("set", "--group", 'say "hi"', f"{THRESHOLD}=0.25")
    alerts("quiet", "22:00-08:00")
    folder = tmp_path / "site"
    done = alerts("render", "--to", str(folder), "--set", "targets=a:1,b:2", "--json")
    assert (done.code, len(json.loads(done.out)["written"])) == (0, 3)
    rules = (folder / "alerts.yml").read_text()
    assert "> 0.25" in rules
    run_program(programs.promtool, "check", "rules", folder / "alerts.yml")
    run_program(programs.promtool, "check", "config", folder / "prometheus.yml")
    run_program(programs.amtool, "check-config", folder / "alertmanager.yml")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("set", "C06.slow.4w.threshold=7"), "not within 0 and 1"),
        (("set", "C06.slow.4w.threshold"), "is not NAME=VALUE (pulse alerts set). Write it like"),
        (("set", "C06.hourly.threshold=0.4"), "C06.hourly.threshold is no threshold"),
        (("set",), "Nothing to set"),
        (("set", "--group", "g", "--type", "service", f"{THRESHOLD}=0.4"), "a group or a type"),
        (("set", "--type", "reading", f"{THRESHOLD}=0.4"), "no community type reading"),
        (("quiet", "08:00-08:00"), "the whole day is 00:00-24:00"),
        (("quiet", "late"), "late is no span of hours"),
        (("quiet", "25:00-08:00"), "25:00-08:00 is no span of hours"),
        (("quiet", "22:00-08:00", "--day", "someday"), "quiet.0.days.0"),
        (("show", "--metric", "Z99"), "No alert is on Z99"),
        (("render", "--to", "/dev/null/x"), "Name a folder that you may write to."),
        (("render", "--to", "x", "--set", "pager=y"), "No such address: pager"),
        (("render", "--to", "x", "--set", "targets=a:1,"), "An address is empty: targets"),
        (("render", "--to", "x", "--set", "page_url"), "--set page_url is not KEY=VALUE"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(
    alerts: Alerts, file: Path, words: tuple[str, ...], says: str
) -> None:
    done = alerts(*words)
    assert done.code == 2
    assert says in " ".join(done.err.split())
    assert not file.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"thresholds: 3\n", "thresholds: Input should be a valid dictionary"),
        (b"5\n", "It is no alert policy: Input should be"),
        (b"quiet: [\n", "It is no YAML: expected the node content, but found '<stream end>'"),
        (b"thresholds: {tea: 1}\n", "tea is no threshold"),
        (b"\xff", "it is no UTF-8"),
    ],
)
def test_a_file_that_is_no_policy_names_itself(
    alerts: Alerts, file: Path, text: bytes, says: str
) -> None:
    file.write_bytes(text)
    done = alerts("show")
    assert done.code == 2
    assert says in done.err
    assert str(file) in done.err
