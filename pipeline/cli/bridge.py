"""`pulse bridge`: between Alertmanager and the places where people read."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping
from typing import Annotated, TypeAlias

import typer
from rich.table import Table

from pipeline.alerting.messages.encoding import encoded
from pipeline.alerting.messages.generic import payload, text
from pipeline.alerting.messages.message import Message
from pipeline.bridge.channel import Deliver
from pipeline.bridge.channels import Outlets
from pipeline.bridge.process import WALL, Plan, plan_of, serve
from pipeline.bridge_settings import CHANNELS, BridgeSettings, contradictions
from pipeline.cli.logs import Level, LogLevel, start_logging
from pipeline.cli.output import err, out, print_json
from pipeline.errors import SettingsError, StoreInUse
from pipeline.operations.owner import ask_owner
from pipeline.settings import Settings, load_settings, make_state_folder
from sinks.delivery.http import new_client
from sinks.delivery.outcome import DeliveryError

RECORD = "incidents.record"
NOTE = "bridge.json"

Rows: TypeAlias = list[dict[str, str]]


def command(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Say what is configured, then stop.")
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Send a test message to each channel, then stop.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print messages instead of sending them.")
    ] = False,
    log_level: LogLevel = Level.INFO,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; log JSON lines.")] = False,
) -> None:
    """Tell Alertmanager's alerts to WeCom, DingTalk, Feishu, Slack, by e-mail, to a webhook.

    Listens for Alertmanager on PULSE_BRIDGE__PORT until SIGTERM. A channel is used if its address
    is set (PULSE_BRIDGE__*). With --check or --test: exit code 0 if all is well, 1 if a test
    message was not taken, 2 if nothing or something wrong is configured.
    """
    settings = load_settings()
    if check or test:
        _check(settings, send=test, as_json=as_json)
        return
    if not (settings.bridge.configured or dry_run):
        raise SettingsError(
            "No channel has an address",
            where="PULSE_BRIDGE__*",
            remedy="Set one, such as PULSE_BRIDGE__WECOM_URL, or try `pulse bridge --dry-run`.",
        )
    start_logging(log_level, as_json=as_json)
    _hide_addresses()
    make_state_folder(settings)
    asyncio.run(_serve(settings, dry_run=dry_run, as_json=as_json))


async def _serve(settings: Settings, *, dry_run: bool, as_json: bool) -> None:
    outlets = _outlets(settings)

    async def show(message: Message) -> None:
        document = outlets.written(message)
        told = encoded(payload(document, message)).decode() if as_json else f"{text(document)}\n"
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()

    await serve(_plan(settings, outlets, show if dry_run else None))


def _plan(settings: Settings, outlets: Outlets, instead: Deliver | None) -> Plan:
    return plan_of(
        settings.bridge,
        outlets,
        record=lambda arguments: _record(settings, arguments),
        note=settings.state_dir / NOTE,
        instead=instead,
    )


def _record(settings: Settings, arguments: Mapping[str, object]) -> Mapping[str, object]:
    """The incident of an alert, recorded where the store may be written.

    An embedded store is asked through its owner and never opened here: that would keep `pulse up`
    from starting.
    """
    if not settings.store.startswith("chdb:"):
        from pipeline.operations.perform import perform  # noqa: PLC0415  (loads the store's side)

        return perform(RECORD, arguments, settings)
    absent = StoreInUse("The embedded store is reached through `pulse up`", where=settings.store)
    return ask_owner(settings, RECORD, arguments, owned=absent)


def _outlets(settings: Settings) -> Outlets:
    return Outlets(settings.bridge, settings.zone_info, new_client(), WALL)


def _check(settings: Settings, *, send: bool, as_json: bool) -> None:
    faults = [
        {"setting": setting, "value": value, "fault": fault, "remedy": remedy}
        for setting, value, fault, remedy in contradictions(settings.bridge)
    ]
    rows = [_row(settings.bridge, name) for name in CHANNELS]
    if send:
        logging.disable(logging.INFO)
        results = asyncio.run(_test(_outlets(settings), settings.bridge.configured))
        rows = [row | results.get(row["channel"], {}) for row in rows]
    if as_json:
        print_json({"channels": rows, "faults": faults, "listens": _listens(settings.bridge)})
    else:
        _show(settings.bridge, rows, faults)
    if faults or not settings.bridge.configured:
        raise typer.Exit(2)
    if any(row["test"] not in ("", "taken") for row in rows):
        raise typer.Exit(1)


def _row(settings: BridgeSettings, name: str) -> dict[str, str]:
    hears = [kind for kind in ("page", "notice") if name in settings.channels_of(kind)]
    there = name in settings.configured
    return {
        "channel": name,
        "state": "configured" if there else "absent",
        "hears": " and ".join(hears) if there else "",
        "test": "",
        "remedy": "",
    }


async def _test(outlets: Outlets, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    results: dict[str, dict[str, str]] = {}
    async with outlets.client:
        for name in names:
            message = Message(f"test/{name}", (), 0, WALL.now_ms(), test=True)
            try:
                await outlets.deliver(name)(message)
                results[name] = {"test": "taken"}
            except DeliveryError as error:
                results[name] = {"test": error.what, "remedy": error.remedy}
    return results


def _listens(settings: BridgeSettings) -> str:
    return f"http://{settings.host}:{settings.port}"


def _show(
    settings: BridgeSettings, rows: list[dict[str, str]], faults: list[dict[str, str]]
) -> None:
    table = Table(title="Where alerts are told", title_justify="left")
    for column in ("channel", "state", "hears", "test", "remedy"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row.values())
    out.print(table)
    switch = "set" if settings.heartbeat_url.get_secret_value() else "not set"
    out.print(f"Listens on {_listens(settings)}; dead man's switch {switch}.")
    for fault in faults:
        err.print(
            f"{fault['setting']}: {fault['fault']}. {fault['remedy']}", markup=False, soft_wrap=True
        )
    if not settings.configured:
        err.print("No channel has an address: set one, such as PULSE_BRIDGE__WECOM_URL.")


def _hide_addresses() -> None:
    """The HTTP client logs addresses, and those of robots are secrets: whatever the level."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
