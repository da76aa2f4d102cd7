"""A small workspace, written by hand as Slack exports one: two channels, three people, a bot."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

CHANNELS = [
    {"id": "C1", "name": "general", "is_archived": False, "members": ["UANN", "UBOB"]},
    {"id": "C2", "name": "old", "is_archived": True, "members": []},
]
USERS = [
    {"id": "UANN", "name": "ann", "is_bot": False},
    {"id": "UBOB", "name": "bob"},
    {"id": "UCAT", "name": "cat", "deleted": True},
    {"id": "UROBO", "name": "robo", "is_bot": True},
]
NOON_S = 1_433_505_600
"""2015-06-05 12:00 UTC."""


def ts(second: int, micro: int = 0) -> str:
    """So many seconds after noon, as Slack writes it."""
    return f"{NOON_S + second}.{micro:06}"


def message(second: int, user: str | None = "UANN", **more: Any) -> dict[str, Any]:
    said = {"type": "message", "text": "hello", "ts": ts(second), **more}
    return said if user is None else {**said, "user": user}


def moved(second: int, user: str, subtype: str, **more: Any) -> dict[str, Any]:
    return message(second, user, subtype=subtype, text="has moved", **more)


GENERAL = [
    moved(0, "UANN", "channel_join"),
    moved(1, "UBOB", "channel_join", inviter="UANN"),
    moved(2, "UCAT", "channel_join"),
    message(3, text="who is in? <@UBOB|bob> &amp; <@UANN>"),
    message(4, "UBOB", text="me", thread_ts=ts(3)),
    message(5, "UBOB", text="look", files=[{"mimetype": "image/png"}]),
    message(6, None, subtype="bot_message", bot_id="B1", text="deployed"),
    message(
        7,
        "UBOB",
        reactions=[
            {"name": "+1", "users": ["UANN", "UBOB"], "count": 3},
            {"name": "wave", "users": ["UANN"], "count": 1},
        ],
    ),
    moved(8, "UCAT", "channel_leave"),
    message(9, subtype="channel_topic", topic="x"),
]
OLD = [
    moved(0, "UANN", "channel_join"),
    moved(1, "UBOB", "channel_join"),
    moved(2, "UANN", "channel_archive", members=["UANN", "UBOB"]),
]
FILES: dict[str, Any] = {
    "channels.json": CHANNELS,
    "users.json": USERS,
    "general/2015-06-05.json": GENERAL,
    "old/2015-06-05.json": OLD,
    "D0DIRECT/2015-06-05.json": [message(0)],
    "integration_logs.json": [],
}


def folder(place: Path, files: dict[str, Any] | None = None) -> Path:
    """The export as the folder it unpacks to; a value that is bytes is written as it is."""
    for name, content in (files or FILES).items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return place


def archive(path: Path, *, below: str = "") -> Path:
    """The export as a zip, its files in the folder `below`."""
    with zipfile.ZipFile(path, "w") as pack:
        for name, content in FILES.items():
            pack.writestr(f"{below}{name}", json.dumps(content))
    return path
