"""Exit code 0 if an address answers: `python -m deploy.healthy URL`, for health checks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from http.client import HTTPException
from urllib.request import urlopen

WAIT_S = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """0 = it answers, 1 = it does not, and standard error says why, 2 = called wrongly."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    (url,) = given
    try:
        with urlopen(url, timeout=WAIT_S) as answer:  # noqa: S310 - our own health check names it
            answer.read(1)
    except (OSError, HTTPException) as error:
        sys.stderr.write(f"{url}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
