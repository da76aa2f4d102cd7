"""A real Alertmanager, the bridge as a process, and places where people read."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.ports import free_ports
from deploy.local.servers import Alertmanager, Programs
from pipeline.alerting.routes import routes_file
from pipeline.alerting.site import Site
from pipeline.alerting.timing import Timing
from tests.pipeline.bridge.places import Place, open_place
from tests.sinks.delivery.test_smtp import Mailbox, listening

pytestmark = pytest.mark.server

DROP = "CommunityDailyActiveRateDrop"
QUICK = Timing(group_wait_s=1, group_interval_s=1, repeat_s=3_600, watchdog_repeat_s=1)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with open_place() as one:
        yield one


@pytest.fixture
async def other_place() -> AsyncIterator[Place]:
    async with open_place() as one:
        yield one


@asynccontextmanager
async def bridge(folder: Path, port: int, **settings: str) -> AsyncIterator[subprocess.Popen[str]]:
    """`pulse bridge` as a process of its own; its log is at `folder`/bridge.log."""
    told = {f"PULSE_BRIDGE__{name.upper()}": value for name, value in settings.items()}
    environment = {
        **os.environ, **told, "PULSE_BRIDGE__PORT": str(port), "PULSE_STATE_DIR": str(folder),
        "PULSE_STORE": f"chdb:{folder / 'store'}", "PYTHONPATH": str(Path.cwd()),
    }  # fmt: skip
    with (folder / "bridge.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "bridge", "--json"],
            env=environment, stderr=log, stdout=log, text=True, cwd=folder,
        )  # fmt: skip
    try:
        async with httpx.AsyncClient(timeout=60) as client, asyncio.timeout(300):
            while True:
                assert process.poll() is None, (folder / "bridge.log").read_text()
                with suppress(httpx.TransportError):
                    await client.get(f"http://127.0.0.1:{port}/livez")
                    break
                await asyncio.sleep(0.1)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 120)


@asynccontextmanager
async def alertmanager(folder: Path, programs: Programs, port: int) -> AsyncIterator[Alertmanager]:
    """Alertmanager with our own routes, which lead to the bridge on `port`."""
    url = f"http://127.0.0.1:{port}"
    site = Site(page_url=f"{url}/page", notice_url=f"{url}/notice", watchdog_url=f"{url}/watchdog")
    with Alertmanager(folder / "am", programs, config=routes_file(QUICK, site)) as manager:
        yield manager


async def post(manager: Alertmanager, *alerts: dict[str, Any]) -> None:
    """Send alerts as Prometheus does."""
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(f"{manager.url}/api/v2/alerts", json=list(alerts))
        assert answer.status_code == 200, answer.text


def drop(group: str, *, ended: bool = False, severity: str = "critical") -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "labels": {
            "alertname": DROP, "severity": severity, "group_id": group, "signal": "slow",
            "against": "4w", "metric": "C06",
        },
        "annotations": {
            "summary": "The daily active rate of a group has dropped.",
            "description": f"Group {group}: daily active rate 8%.",
            "value": "0.08", "baseline": "0.3", "numerator": "60", "denominator": "750",
        },
        "startsAt": now.isoformat(),
        "endsAt": (now if ended else now + timedelta(hours=1)).isoformat(),
    }  # fmt: skip


def watchdog() -> dict[str, Any]:
    end = datetime.now(UTC) + timedelta(hours=1)
    return {
        "labels": {"alertname": "CommunityWatchdog", "severity": "none"},
        "annotations": {"summary": "Alerting works."},
        "endsAt": end.isoformat(),
    }


async def until(condition: Callable[[], bool], *, seconds: float = 120) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)


def titles(place: Place) -> list[str]:
    return [one["title"] for one in place.taken]


async def test_alerts_are_grouped_told_once_and_ended(
    programs: Programs, tmp_path: Path, place: Place
) -> None:
    (port,) = free_ports(1)
    mailbox = Mailbox()
    with listening(mailbox) as smtp_port:
        async with (
            bridge(
                tmp_path, port, webhook_url=place.url, language="en", smtp_host="127.0.0.1",
                smtp_port=str(smtp_port), smtp_security="none", mail_from="pulse@x.example",
                mail_to="a@x.example",
            ),
            alertmanager(tmp_path, programs, port) as manager,
        ):  # fmt: skip
            groups = ["readers-7", "readers-8", "**群** <@all>"]
            await post(manager, *(drop(group) for group in groups))
            await place.until(1)
            assert titles(place) == ["Critical: Daily active rate has dropped in 3 groups"]
            assert {one["group_id"] for one in place.taken[0]["alerts"]} == set(groups)
            assert "Causes are not known" in place.taken[0]["text"]  # there is no store here
            await post(manager, *(drop(group) for group in groups))
            await asyncio.sleep(3)  # three intervals of the group
            assert len(place.taken) == 1

            await post(manager, drop("readers-7", ended=True))
            await place.until(2)
            assert titles(place)[1] == (
                "Critical: Daily active rate has dropped in 2 groups; ended in 1"
            )
            await post(manager, *(drop(group, ended=True) for group in groups))
            await place.until(3)
            assert titles(place)[2] == "Resolved: Daily active rate in 2 groups"
            await until(lambda: len(mailbox.taken) == 3)
    roots = [b"References: " in one.original_content for one in mailbox.taken]  # type: ignore[attr-defined]
    assert roots == [True, True, True]
    ids = [one["id"] for one in place.taken]
    assert len(set(ids)) == 3


async def test_what_fails_is_repeated_by_alertmanager_for_that_channel_alone(
    programs: Programs, tmp_path: Path, place: Place, other_place: Place
) -> None:
    place.failures = [{"errcode": 93000, "errmsg": "invalid webhook url"}, 500, "close"]
    (port,) = free_ports(1)
    async with (
        bridge(tmp_path, port, wecom_url=place.url, webhook_url=other_place.url),
        alertmanager(tmp_path, programs, port) as manager,
    ):
        await post(manager, drop("readers-7"))
        await place.until(1, seconds=300)
        await other_place.until(1)
        await asyncio.sleep(3)
        assert (place.calls, len(place.taken), other_place.calls) == (4, 1, 1)
        async with httpx.AsyncClient(timeout=60) as client:
            told = (await client.get(f"{manager.url}/metrics")).text
        failed = [
            float(line.split()[-1])
            for line in told.splitlines()
            if line.startswith("alertmanager_notification_requests_failed_total")
            and 'integration="webhook"' in line
        ]
        assert sum(failed) >= 1  # it heard of it, and asked again
    log = (tmp_path / "bridge.log").read_text()
    assert "PULSE_BRIDGE__WECOM_URL" in log  # the remedy
    assert "SECRET-KEY" not in log


async def test_a_bridge_that_was_killed_tells_what_it_had_not_and_nothing_twice(
    programs: Programs, tmp_path: Path, place: Place
) -> None:
    (port,) = free_ports(1)
    async with alertmanager(tmp_path, programs, port) as manager:
        async with bridge(tmp_path, port, webhook_url=place.url) as process:
            await post(manager, drop("readers-7"))
            await place.until(1)
            place.failures = [500] * 100
            await post(manager, drop("readers-8"))
            await until(lambda: place.calls >= 2)
            process.kill()
        place.failures = []
        async with bridge(tmp_path, port, webhook_url=place.url):
            await place.until(2, seconds=300)
            await asyncio.sleep(3)
            assert len(place.taken) == 2
            assert place.taken[1]["title"].endswith("in 2 groups (1 new)")
            await post(manager, drop("readers-7", ended=True))
            await place.until(3)
            assert place.taken[2]["title"].endswith("ended in 1")


async def test_the_watchdog_goes_to_the_dead_mans_switch_and_its_silence_to_the_channels(
    programs: Programs, tmp_path: Path, place: Place, other_place: Place
) -> None:
    (port,) = free_ports(1)
    async with bridge(
        tmp_path, port, webhook_url=place.url, heartbeat_url=other_place.url, silence_minutes="1"
    ):
        async with alertmanager(tmp_path, programs, port) as manager:
            await post(manager, watchdog())
            await other_place.until(2)
            assert place.taken == []
        await place.until(1, seconds=300)
        assert place.taken[0]["title"].startswith("Critical: Alerting is silent")
        async with alertmanager(tmp_path, programs, port) as manager:
            await post(manager, watchdog())
            await place.until(2)
        assert place.taken[1]["status"] == "resolved"
    told = json.dumps(place.taken)
    assert "CommunityAlertingSilent" in told
