"""Posts a message by HTTP, and says what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from sinks.delivery.answers import Answer, Judge
from sinks.delivery.outcome import Later, Refused

SECONDS = 10.0
"""How long one attempt may take, all in all."""

ANSWER_LIMIT = 65_536
"""Bytes of an answer that are read."""


async def post(
    client: httpx.AsyncClient,
    url: str,
    content: bytes,
    *,
    judge: Judge,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Post JSON and return once it was taken.

    Raises Later or Refused. Delivery: at least once, as an answer may get lost.
    """
    sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    try:
        async with (
            asyncio.timeout(SECONDS),
            client.stream("POST", url, content=content, headers=sent) as response,
        ):
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_LIMIT:
                    break
            answer = Answer(response.status_code, dict(response.headers), body)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        remedy = "Write it whole, beginning with https://."
        raise Refused("The address is none", remedy=remedy) from error
    except (TimeoutError, httpx.TimeoutException) as error:
        raise Later("It did not answer in time", remedy="It is tried again.") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        what = f"It cannot be reached ({type(error).__name__})"
        remedy = "Is the network up, and a proxy set where one is needed?"
        raise Later(what, remedy=remedy) from error
    if failed := judge(answer):
        raise failed


def new_client() -> httpx.AsyncClient:
    """A client for all channels; proxies are those of the environment."""
    return httpx.AsyncClient(timeout=SECONDS, follow_redirects=False)
