"""A place where people read, on this machine: it fails as it is told to, and keeps what it took."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

OK = {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}


@dataclass
class Place:
    """Answers each call by the next of `failures`, and takes it once there is none left.

    A failure is a status, a JSON object said with 200, a status with headers, "close" (the
    connection is cut) or "hang" (no answer).
    """

    failures: list[Any] = field(default_factory=list)
    taken: list[Any] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    calls: int = 0
    url: str = ""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.calls += 1
        self.changed.set()
        if self.failures:
            return await self._fail(self.failures.pop(0), request)
        self.taken.append(json.loads(body) if body else None)
        self.queries.append(dict(request.query))
        self.headers.append({name.lower(): text for name, text in request.headers.items()})
        return web.json_response(OK)

    async def _fail(self, failure: Any, request: web.Request) -> web.StreamResponse:
        match failure:
            case "close":
                assert request.transport is not None
                request.transport.abort()
            case "hang":
                await asyncio.sleep(3_600)
            case (int() as status, dict() as headers):
                return web.Response(status=status, headers=headers)
            case dict():
                return web.json_response(failure)
            case _:
                return web.Response(status=failure, text="no")
        return web.Response()

    async def until(self, taken: int, *, seconds: float = 120) -> None:
        """Until so many messages were taken."""
        async with asyncio.timeout(seconds):
            while len(self.taken) < taken:
                self.changed.clear()
                await self.changed.wait()
                await asyncio.sleep(0)


@asynccontextmanager
async def open_place() -> AsyncIterator[Place]:
    """A place that listens on a free port."""
    place = Place()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", place.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    place.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook?key=SECRET-KEY"
    try:
        yield place
    finally:
        await runner.cleanup()
