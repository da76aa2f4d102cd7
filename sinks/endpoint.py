"""The SQL endpoint: ClickHouse's HTTP interface on the embedded store, read-only.

It lives beside the worker, whose engine it shares: a thread with an event loop for the network, and
`queries` threads for the queries, each of which has two of the engine's. Delivery: an answer is
whole or an error; nothing is sent before a query has ended. See sinks.query_gate for what may run.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait

import structlog
from aiohttp import web

from pipeline.errors import PulseError, SettingsError
from pipeline.settings import EndpointSettings
from sinks.embedded import EmbeddedStore
from sinks.endpoint_answer import respond
from sinks.endpoint_errors import NO_PASSWORD, NOT_FOUND, QueryFailed
from sinks.endpoint_request import (
    Request,
    check_origin,
    check_password,
    is_loopback,
    parse_request,
)
from sinks.query_gate import LONGEST
from sinks.readonly import Answer, ReadOnly, Token

log = structlog.get_logger("pulse.endpoint")

_OK = "Ok.\n"
_BODY_BYTES = 4 * LONGEST
_LINE_BYTES = 1 << 20
"""A URL, and each header, at most: clients put queries and parameters there."""
_POLL_S = 0.1


class Endpoint:
    """`http://host:port/` for one embedded store; closed before the store is."""

    def __init__(self, store: EmbeddedStore, settings: EndpointSettings) -> None:
        self._settings = settings
        self._readonly = ReadOnly(store.folder, settings)
        self._pool = ThreadPoolExecutor(settings.queries, thread_name_prefix="sql")
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None
        self._turns = asyncio.Semaphore(settings.queries)
        self._answers: set[Future[Answer]] = set()
        self._unwanted: set[asyncio.Task[None]] = set()

    def serve(self) -> int:
        """Answer from a thread of its own; return the port (0 = any).

        Raises PulseError when the address cannot be had, and SettingsError when others could reach
        it without a password.
        """
        if not is_loopback(self._settings.host) and not self._settings.password.get_secret_value():
            self.close()
            raise SettingsError(
                "SQL would be open to everybody who reaches this machine",
                where=f"PULSE_ENDPOINT__HOST={self._settings.host}",
                remedy="Set PULSE_ENDPOINT__PASSWORD, or listen on 127.0.0.1.",
            )
        try:
            listening = _listen(self._settings.host, self._settings.port)
        except OSError as error:
            self.close()
            raise PulseError(
                f"SQL cannot be served: {error.strerror or error}",
                where=f"{self._settings.host}:{self._settings.port}",
                remedy="Set PULSE_ENDPOINT__PORT to a free port, or to 0 for any.",
            ) from error
        self._thread = threading.Thread(target=self._loop.run_forever, name="endpoint", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(listening), self._loop).result()
        return int(listening.getsockname()[1])

    def close(self) -> None:
        """Stop answering, end the queries that run, and let go of the store; again, nothing."""
        if self._loop.is_closed():
            return
        self._readonly.close()
        if self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._pool.shutdown(wait=False, cancel_futures=True)
        while wait(self._answers, timeout=_POLL_S).not_done:
            self._readonly.close()  # one may have begun just after it was told to end
        self._pool.shutdown(wait=True)
        if self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._rest(), self._loop).result()
        self._readonly.free()
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    async def _start(self, listening: socket.socket) -> None:
        app = web.Application(client_max_size=_BODY_BYTES)
        app.on_response_prepare.append(_keep_from_pages)
        app.router.add_route("*", "/", self._query)
        app.router.add_get("/ping", self._ping)
        app.router.add_get("/replicas_status", self._ping)
        app.router.add_route("*", "/{path:.*}", self._nothing_here)
        self._runner = web.AppRunner(
            app,
            handler_cancellation=True,
            access_log=None,
            shutdown_timeout=1,
            max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES,
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def _stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _rest(self) -> None:
        await asyncio.gather(*self._unwanted, return_exceptions=True)
        await self._loop.shutdown_default_executor()

    async def _ping(self, _: web.Request) -> web.Response:
        return web.Response(text=_OK)

    async def _nothing_here(self, request: web.Request) -> web.Response:
        text = f"There is no handle {request.path}\n\nUse / for queries or /ping to ask for life.\n"
        return web.Response(status=NOT_FOUND, text=text)

    async def _query(self, http: web.Request) -> web.Response:
        query_id = http.query.get("query_id") or str(uuid.uuid4())
        headers = {
            "X-ClickHouse-Query-Id": "".join(filter(str.isprintable, query_id)),
            "X-ClickHouse-Server-Display-Name": self._readonly.engine.name,
            "X-ClickHouse-Timezone": self._readonly.engine.zone,
        }
        try:
            check_origin(self._settings.host, http.headers)
            check_password(self._settings.password.get_secret_value(), http.query, http.headers)
            request = await _read(http)
            if not request.text and http.method in ("GET", "HEAD"):
                return web.Response(text=_OK, headers=headers)
            answer = await self._answer(request)
            return await asyncio.to_thread(respond, answer, request, headers)
        except QueryFailed as error:
            return self._refuse(error, headers)
        except Exception as error:
            log.exception("a query failed for an unknown reason")
            return self._refuse(QueryFailed(1002, f"{type(error).__name__}: {error}"), headers)

    async def _answer(self, request: Request) -> Answer:
        """Run it when its turn comes; if its client goes away meanwhile, end it."""
        token = Token()
        try:
            async with asyncio.timeout(self._settings.seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise QueryFailed(
                202, f"Too many simultaneous queries. Maximum: {self._settings.queries}"
            ) from None
        try:
            running = self._pool.submit(self._readonly.run, request, token)
        except RuntimeError:
            self._turns.release()
            raise QueryFailed(236, "The endpoint is closing", name="ABORTED") from None
        self._answers.add(running)
        running.add_done_callback(self._done)
        answer = asyncio.wrap_future(running)
        answer.add_done_callback(_retrieve)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            ending = self._loop.create_task(self._end(token, answer))
            self._unwanted.add(ending)
            ending.add_done_callback(self._unwanted.discard)
            raise

    async def _end(self, token: Token, answer: asyncio.Future[Answer]) -> None:
        """Let nobody wait for a query whose client has gone."""
        while not answer.done():
            await asyncio.to_thread(self._readonly.cancel, token)
            await asyncio.wait([answer], timeout=_POLL_S)

    def _done(self, running: Future[Answer]) -> None:
        """A query's thread is free; called there."""
        self._answers.discard(running)
        self._loop.call_soon_threadsafe(self._turns.release)

    def _refuse(self, error: QueryFailed, headers: Mapping[str, str]) -> web.Response:
        asks = {"WWW-Authenticate": 'Basic realm="ClickHouse server HTTP API"'}
        return web.Response(
            status=error.status,
            text=error.body(self._readonly.engine.version),
            headers={
                **headers,
                "X-ClickHouse-Exception-Code": str(error.code),
                **(asks if error.code == NO_PASSWORD else {}),
            },
        )


def _retrieve(answer: asyncio.Future[Answer]) -> None:
    """Look at its error, which nobody else does once its client has gone; else it is logged."""
    if not answer.cancelled():
        answer.exception()


async def _keep_from_pages(_: web.Request, response: web.StreamResponse) -> None:
    """No page of another site may use an answer as its script, image or style."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"


async def _form(http: web.Request) -> Mapping[str, object]:
    try:
        return await http.post()
    except ValueError as error:
        raise QueryFailed(36, f"The form cannot be read: {error}") from None


async def _read(http: web.Request) -> Request:
    """The request's parts: its body is the query, unless it is a form of fields."""
    try:
        if http.content_type == "multipart/form-data":
            fields = list((await _form(http)).items())
            if any(not isinstance(value, str) for _, value in fields):
                raise QueryFailed(48, "External data is not taken: this endpoint only reads")
            form = [(name, str(value)) for name, value in fields]
            return parse_request(http.query.items(), http.headers, form=form)
        body = (await http.read()).decode()
    except web.RequestPayloadError as error:
        raise QueryFailed(36, f"The body cannot be read: {error}") from None
    except UnicodeDecodeError as error:
        raise QueryFailed(36, f"The query is not UTF-8: {error}") from None
    except web.HTTPRequestEntityTooLarge:
        raise QueryFailed(62, f"Max query size exceeded: {LONGEST} characters") from None
    return parse_request(http.query.items(), http.headers, body=body)


def _listen(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening
