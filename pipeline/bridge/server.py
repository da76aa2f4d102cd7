"""The HTTP side: Alertmanager's calls, probes, status, metrics."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from pipeline.alerting.messages.notification import notification
from pipeline.bridge.metrics import CONTENT_TYPE, Metrics
from pipeline.bridge.service import Bridge, Outcome
from pipeline.errors import UsageError

MOST_BYTES = 4_000_000
"""No call of Alertmanager's comes near this."""

log = structlog.get_logger("pulse.bridge")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(bridge: Bridge, metrics: Metrics) -> web.Application:
    """POST /page, /notice and /watchdog; GET /livez, /readyz, /status and /metrics."""

    async def call(request: web.Request) -> web.Response:
        try:
            told = notification(json.loads(await request.read()))
        except (ValueError, UsageError) as error:
            log.warning("a call that is none of Alertmanager's", path=request.path)
            return web.json_response({"error": str(error)}, status=400)
        match request.path:
            case "/page":
                outcome: Outcome = await bridge.take("page", told)
            case "/notice":
                outcome = await bridge.take("notice", told)
            case _:
                outcome = await bridge.hear(told)
        return web.json_response(dict(outcome.told), status=outcome.status)

    async def live(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        why_not = bridge.why_not_ready()
        return web.Response(text=f"{why_not or 'ok'}\n", status=503 if why_not else 200)

    async def status(_: web.Request) -> web.Response:
        return web.json_response(bridge.status())

    async def shown(_: web.Request) -> web.Response:
        return web.Response(body=metrics.page(), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application(client_max_size=MOST_BYTES, middlewares=[_no_web_pages])
    app.add_routes([web.post(path, call) for path in ("/page", "/notice", "/watchdog")])
    app.add_routes(
        [
            web.get("/livez", live),
            web.get("/readyz", ready),
            web.get("/status", status),
            web.get("/metrics", shown),
        ]
    )
    return app


@web.middleware
async def _no_web_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A browser on this machine may not be made to send alerts by a page of somebody else's."""
    if "Origin" in request.headers:
        return web.Response(text="not for web pages\n", status=403)
    return await handler(request)
