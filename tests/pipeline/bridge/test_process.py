"""The whole process in this one: real HTTP in, real HTTP and SMTP out."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import SecretStr

from deploy.local.ports import free_ports
from pipeline.bridge.channels import Outlets
from pipeline.bridge.process import WALL, plan_of, serve
from pipeline.bridge_settings import BridgeSettings
from pipeline.errors import PulseError, SettingsError
from sinks.delivery.http import new_client
from tests.pipeline.alerting.messages.cases import alert, call, incident
from tests.pipeline.bridge.places import Place
from tests.sinks.delivery.test_smtp import Mailbox, listening


def known(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"incident": incident(arguments["alert"]["labels"]["group_id"])}


def away(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    raise PulseError("The store is away")


@asynccontextmanager
async def running(
    note: Path | None = None, record: Any = known, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A bridge on a free port, and a client that calls it."""
    (port,) = free_ports(1)
    told = BridgeSettings(port=port, **settings)
    outlets = Outlets(told, ZoneInfo("Asia/Shanghai"), new_client(), WALL)
    plan = plan_of(told, outlets, record=record, note=note)
    stop = asyncio.Event()
    task = asyncio.create_task(serve(plan, stop=stop))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
        async with asyncio.timeout(120):
            while True:
                assert not task.done() or task.result() is None
                try:
                    assert (await client.get("/livez")).text == "ok\n"
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.02)
        try:
            yield client
        finally:
            stop.set()
            await task


async def test_every_channel_gets_its_own_format(place: Place) -> None:
    url = SecretStr(place.url)
    mailbox = Mailbox()
    with listening(mailbox) as smtp_port:
        async with running(
            wecom_url=url, dingtalk_url=url, feishu_url=url, slack_url=url, webhook_url=url,
            dingtalk_secret=SecretStr("SECx"), feishu_secret=SecretStr("s"),
            webhook_token=SecretStr("t"), language="zh", smtp_host="127.0.0.1",
            smtp_port=smtp_port, smtp_security="none", mail_from="pulse@x.example",
            mail_to="a@x.example,b@x.example",
        ) as bridge:  # fmt: skip
            answer = await bridge.post("/page", json=call(alert()))
            assert answer.status_code == 200, answer.text
            assert set(answer.json()["channels"].values()) == {"told"}
    assert len(place.taken) == 5
    assert all("社群日活跃率下降" in json.dumps(one, ensure_ascii=False) for one in place.taken)
    (wecom,) = [one for one in place.taken if one.get("msgtype") == "markdown" and
                "content" in one["markdown"]]  # fmt: skip
    assert "渠道 wechat" in wecom["markdown"]["content"]
    (signed,) = [query for query in place.queries if "sign" in query]
    digest = hmac.new(b"SECx", f"{signed['timestamp']}\nSECx".encode(), hashlib.sha256).digest()
    assert base64.b64decode(signed["sign"]) == digest
    (card,) = [one for one in place.taken if one.get("msg_type") == "interactive"]
    key = f"{card['timestamp']}\ns".encode()
    assert base64.b64decode(card["sign"]) == hmac.new(key, b"", hashlib.sha256).digest()
    (generic,) = [one for one in place.taken if one.get("version") == 1]
    assert generic["alerts"][0]["causes"][0]["part"] == "wechat"
    assert [told for told in place.headers if told.get("authorization") == "Bearer t"]
    (mail,) = mailbox.taken
    assert mail.rcpt_tos == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize(
    "failure", [500, "close", (429, {"Retry-After": "1"}), (503, {"Retry-After": "1"}), 408]
)
async def test_what_fails_for_a_while_arrives_once(place: Place, failure: Any) -> None:
    place.failures = [failure]
    async with running(slack_url=SecretStr(place.url), record=away) as bridge:
        statuses = []
        async with asyncio.timeout(60):
            while not statuses or statuses[-1] != 200:
                statuses.append((await bridge.post("/page", json=call(alert()))).status_code)
        await bridge.post("/page", json=call(alert()))
    assert set(statuses) <= {200, 503}
    assert len(place.taken) == 1
    assert place.calls == 2


async def test_a_robot_that_says_no_with_200_is_a_failure_and_the_others_have_it_once(
    place: Place, other_place: Place
) -> None:
    place.failures = [{"errcode": 93000, "errmsg": "invalid webhook url"}]
    async with running(
        wecom_url=SecretStr(place.url), slack_url=SecretStr(other_place.url)
    ) as bridge:
        first = await bridge.post("/page", json=call(alert()))
        assert first.status_code == 502
        assert "93000" in first.json()["channels"]["wecom"]
        shown = (await bridge.get("/status")).json()["channels"]["wecom"]
        assert "93000" in shown["last_error"]
        assert "SECRET-KEY" not in first.text + json.dumps(shown)
        assert (await bridge.post("/page", json=call(alert()))).status_code == 200
        metrics = (await bridge.get("/metrics")).text
    assert (len(place.taken), len(other_place.taken)) == (1, 1)
    assert 'community_bridge_failures_total{channel="wecom",result="refused"} 1.0' in metrics
    assert 'community_bridge_messages_total{channel="slack",status="firing"} 1.0' in metrics


async def test_a_place_that_hangs_does_not_hold_up_the_others_or_alertmanager(
    place: Place, other_place: Place
) -> None:
    place.failures = ["hang"]
    async with running(
        wecom_url=SecretStr(place.url), slack_url=SecretStr(other_place.url), answer_seconds=5
    ) as bridge:
        answer = await bridge.post("/page", json=call(alert()))
        assert answer.status_code == 503
        assert answer.json()["channels"] == {"wecom": "waiting", "slack": "told"}
    assert len(other_place.taken) == 1


async def test_a_restart_tells_nothing_twice_and_the_end_once(place: Place, tmp_path: Path) -> None:
    note = tmp_path / "bridge.json"
    for _ in range(2):
        async with running(note, webhook_url=SecretStr(place.url)) as bridge:
            assert (await bridge.post("/page", json=call(alert()))).status_code == 200
    async with running(note, webhook_url=SecretStr(place.url)) as bridge:
        for _ in range(2):
            ended = await bridge.post("/page", json=call(alert(status="resolved")))
            assert ended.status_code == 200
    assert [one["status"] for one in place.taken] == ["firing", "resolved"]
    assert "SECRET-KEY" not in note.read_text()


async def test_pages_and_notices_go_where_they_are_wanted(place: Place, other_place: Place) -> None:
    async with running(
        wecom_url=SecretStr(place.url), slack_url=SecretStr(other_place.url), page="wecom",
        notice="slack",
    ) as bridge:  # fmt: skip
        await bridge.post("/page", json=call(alert("a")))
        await bridge.post("/notice", json=call(alert("b")))
    assert (len(place.taken), len(other_place.taken)) == (1, 1)
    assert "msgtype" in place.taken[0]
    assert "blocks" in other_place.taken[0]


async def test_the_watchdog_reaches_the_dead_mans_switch(place: Place, other_place: Place) -> None:
    async with running(
        slack_url=SecretStr(place.url), heartbeat_url=SecretStr(other_place.url)
    ) as bridge:
        watchdog = call(alert(alertname="CommunityWatchdog", severity="none"))
        assert (await bridge.post("/watchdog", json=watchdog)).json()["heartbeat"] == "taken"
    assert (len(place.taken), other_place.taken) == (0, [None])


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"\xff\xfe", b"[]", b"{}", b'{"version":"4","alerts":[1]}',
             json.dumps(call(alert()) | {"version": "3"}).encode(),
             json.dumps(call({**alert(), "status": "odd"})).encode(),
             json.dumps(call({**alert(), "labels": None})).encode()]
)  # fmt: skip
async def test_a_call_that_is_none_is_refused(place: Place, body: bytes) -> None:
    async with running(slack_url=SecretStr(place.url)) as bridge:
        assert (await bridge.post("/page", content=body)).status_code == 400
        assert (await bridge.post("/page", json=call(alert()))).status_code == 200
    assert len(place.taken) == 1


async def test_web_pages_strangers_and_giants_are_turned_away(place: Place) -> None:
    async with running(slack_url=SecretStr(place.url)) as bridge:
        from_a_page = await bridge.post(
            "/page", json=call(alert()), headers={"Origin": "https://evil.example"}
        )
        assert from_a_page.status_code == 403
        assert (await bridge.get("/page")).status_code == 405
        assert (await bridge.get("/elsewhere")).status_code == 404
        assert (await bridge.post("/page", content=b" " * 5_000_000)).status_code == 413
        assert (await bridge.get("/readyz")).text == "ok\n"
    assert place.taken == []


async def test_a_port_that_is_taken_is_told() -> None:
    async with running(slack_url=SecretStr("http://127.0.0.1:9/")) as bridge:
        port = bridge.base_url.port
        told = BridgeSettings(port=port)
        outlets = Outlets(told, ZoneInfo("UTC"), new_client(), WALL)
        plan = plan_of(told, outlets, record=away, note=None)
        with pytest.raises(SettingsError, match="cannot listen"):
            await serve(plan, stop=asyncio.Event())
