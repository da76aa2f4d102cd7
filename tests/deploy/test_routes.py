"""Who hears what: the routes under the real amtool, the silencing in a real Alertmanager."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.servers import Alertmanager, Programs
from pipeline.alerting.policy import Policy, Quiet
from pipeline.alerting.routes import routes_file
from pipeline.alerting.rules import alert_groups
from pipeline.alerting.site import Site
from pipeline.alerting.timing import PRODUCTION, Timing, compressed
from tests.deploy.rule_cases import run

TIMINGS = pytest.mark.parametrize("timing", [PRODUCTION, compressed()], ids=["production", "demo"])
QUIET = Site(page_url="", notice_url="", watchdog_url="")
ALERTS = [alert for alerts in alert_groups().values() for alert in alerts]
RECEIVER = {"critical": "page", "warning": "notice", "info": "nobody", "none": "watchdog"}


def config(timing: Timing = PRODUCTION, site: Site = QUIET) -> Any:
    return yaml.safe_load(routes_file(timing, site))


@TIMINGS
@pytest.mark.parametrize("site", [Site(), QUIET], ids=["webhooks", "no webhooks"])
def test_amtool_accepts_the_configuration(
    timing: Timing, site: Site, programs: Programs, tmp_path: Path
) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(routes_file(timing, site), encoding="utf-8")
    run(programs.amtool, "check-config", file)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: f"{alert.name}-{alert.severity}")
def test_every_alert_reaches_the_receiver_of_its_severity(
    alert: Any, programs: Programs, tmp_path: Path
) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(routes_file(), encoding="utf-8")
    labels = {**alert.labels, "alertname": alert.name, "severity": alert.severity.value}
    run(
        programs.amtool,
        "config",
        "routes",
        "test",
        f"--config.file={file}",
        f"--verify.receivers={RECEIVER[alert.severity]}",
        *(f"{name}={value}" for name, value in labels.items()),
    )


def test_one_notification_holds_all_groups_of_an_alert() -> None:
    assert config()["route"]["group_by"] == ["alertname"]


@TIMINGS
def test_waits_are_those_of_the_timing(timing: Timing) -> None:
    route = config(timing)["route"]
    expected = ("30s", "5m") if timing is PRODUCTION else ("1s", "5s")
    assert (route["group_wait"], route["group_interval"]) == expected


def test_the_watchdog_is_repeated_every_minute() -> None:
    watchdog = config()["route"]["routes"][0]
    assert (watchdog["receiver"], watchdog["repeat_interval"]) == ("watchdog", "1m")


def test_an_empty_address_keeps_alerts_within_alertmanager() -> None:
    assert config(site=QUIET)["receivers"] == [
        {"name": name} for name in ("nobody", "page", "notice", "watchdog")
    ]


QUIET_HOURS = Policy(
    quiet=(
        Quiet(since="22:00", until="08:00"),
        Quiet(since="00:00", until="24:00", days=("sunday",), severities=("critical", "warning")),
    )
)


def test_quiet_hours_mute_what_they_name_and_amtool_accepts_them(
    programs: Programs, tmp_path: Path
) -> None:
    text = routes_file(site=QUIET, policy=QUIET_HOURS, zone="Asia/Shanghai")
    file = tmp_path / "alertmanager.yml"
    file.write_text(text, encoding="utf-8")
    run(programs.amtool, "check-config", file)
    found = yaml.safe_load(text)
    muted = {one["receiver"]: one.get("mute_time_intervals") for one in found["route"]["routes"]}
    assert muted == {
        "watchdog": None,
        "nobody": None,
        "page": ["quiet-2"],
        "notice": ["quiet-1", "quiet-2"],
    }
    night, sunday = (one["time_intervals"] for one in found["time_intervals"])
    assert night == [
        {
            "times": [
                {"start_time": "22:00", "end_time": "24:00"},
                {"start_time": "00:00", "end_time": "08:00"},
            ],
            "location": "Asia/Shanghai",
        }
    ]
    assert sunday[0]["weekdays"] == ["sunday"]


def alert(name: str, severity: str, **labels: str) -> Mapping[str, str]:
    return {"alertname": name, "severity": severity, **labels}


STALLED = alert("CommunityPipelineStalled", "critical", cause="behind", partition="1")
LAG = alert("CommunityPipelineStalled", "critical", cause="lag_growing", partition="1")
STALE = alert("CommunitySourceStale", "critical", source="hook")
DEAD = alert("CommunityDeadLettersRising", "warning", reason="not_json")
WATCHDOG = alert("CommunityWatchdog", "none")
ACTIVE = alert("CommunityDailyActiveRateDrop", "critical", group_id="g1", signal="slow")
ACTIVE_FAST = alert("CommunityDailyActiveRateDrop", "warning", group_id="g1", signal="fast")
OTHER_FAST = alert("CommunityDailyActiveRateDrop", "warning", group_id="g2", signal="fast")
BOUGHT_FAST = alert("CommunityConversionRateDrop", "warning", group_id="g1", signal="fast")
SILENT = alert("CommunityMessageCountSilence", "info", group_id="g2", signal="fast")
ALL_LEAVE = alert("CommunityLeaveRateRise", "warning", group_id="_all", signal="slow")
G1_LEAVES = alert("CommunityLeaveRateRise", "warning", group_id="g1", signal="slow")
LEFT = alert("CommunityInGroupRateDrop", "critical", group_id="g3", signal="slow")

SILENCED: list[tuple[str, Sequence[Mapping[str, str]], Sequence[Mapping[str, str]]]] = [
    ("nothing by itself", [ACTIVE, LEFT, DEAD, WATCHDOG], []),
    (
        "a stall silences drops and stale sources of every group, and nothing else",
        [
            STALLED,
            LAG,
            ACTIVE,
            OTHER_FAST,
            BOUGHT_FAST,
            LEFT,
            SILENT,
            G1_LEAVES,
            STALE,
            DEAD,
            WATCHDOG,
        ],
        [ACTIVE, OTHER_FAST, BOUGHT_FAST, LEFT, SILENT, G1_LEAVES, STALE],
    ),
    (
        "what all groups together show silences the same of single groups",
        [ALL_LEAVE, G1_LEAVES, ACTIVE, LEFT],
        [G1_LEAVES],
    ),
    (
        "a critical drop silences the warning of its own metric and group",
        [ACTIVE, ACTIVE_FAST, OTHER_FAST, BOUGHT_FAST],
        [ACTIVE_FAST],
    ),
    ("a stale source silences no drop: its groups are gone", [STALE, ACTIVE, LEFT], []),
]


@pytest.mark.server
@pytest.mark.parametrize(
    ("firing", "silenced"), [case[1:] for case in SILENCED], ids=[case[0] for case in SILENCED]
)
def test_alertmanager_silences_what_it_should(
    firing: Sequence[Mapping[str, str]],
    silenced: Sequence[Mapping[str, str]],
    programs: Programs,
    tmp_path: Path,
) -> None:
    with Alertmanager(tmp_path, programs, config=routes_file(compressed(), QUIET)) as server:
        ask(server, "POST", [{"labels": labels} for labels in firing])
        expected = {frozenset(labels.items()) for labels in silenced}
        inhibited: set[frozenset[tuple[str, str]]] = set()
        # An alert may be looked at before the one that silences it has come in; it is looked at
        # again with the next round of its group (5 s).
        for _ in range(3_000):
            found = ask(server, "GET")
            states = {frozenset(one["labels"].items()): one["status"] for one in found}
            inhibited = {labels for labels, status in states.items() if status["inhibitedBy"]}
            processed = all(status["state"] != "unprocessed" for status in states.values())
            if len(states) == len(firing) and processed and inhibited == expected:
                break
            time.sleep(0.1)
        assert inhibited == expected
        assert len(states) == len(firing)


def ask(server: Alertmanager, method: str, body: object = None) -> Any:
    """Call Alertmanager's alerts API."""
    connection = HTTPConnection("127.0.0.1", server.ports[0], timeout=60)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request(method, "/api/v2/alerts", json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return json.loads(text or "null")
    finally:
        connection.close()
