"""Operation `audit`: what is stored, held to the log and to itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pipeline.audit.run import audit
from pipeline.audit.scope import Check
from pipeline.operations.operation import Context

NAME = "audit"


def run(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The `checks` over what came in [`since_ms`, `until_ms`): results, and `mismatches` in all.

    Raises BrokerError, Retryable or Fatal.
    """
    started = time.monotonic()
    since_ms, until_ms = arguments["since_ms"], arguments["until_ms"]
    results = audit(
        context.settings,
        context.store,
        context.clock,
        since_ms=since_ms,
        until_ms=until_ms,
        checks=[Check(name) for name in arguments["checks"]],
        progress=context.progress,
    )
    return {
        "since_ms": since_ms,
        "until_ms": until_ms,
        "seconds": round(time.monotonic() - started, 3),
        "mismatches": sum(result.mismatches for result in results),
        "checks": [asdict(result) for result in results],
    }
