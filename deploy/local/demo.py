"""`make demo`: the whole system on this machine, on real and made-up history, with an incident.

Everything it writes lies in one folder, `.local/demo`; every server is a child process on
127.0.0.1. Stop it at any moment: it goes on from there, and `--fresh` starts anew.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console

from deploy.local.demo_stage import begin
from deploy.local.demo_state import Folder, claimed
from deploy.local.demo_story import tell
from deploy.local.stack import LOCAL
from pipeline.errors import PulseError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo: 0 = shown, or stopped by hand; 1 = failed; 130 = stopped before a verdict."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.demo", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="start anew, not where it stopped")
    parser.add_argument("--once", action="store_true", help="end with the verdict on the alerts")
    parser.add_argument("--seed", type=int, help="of the made-up community; default: 7")
    parser.add_argument("--folder", type=Path, default=LOCAL / "demo", help="where it keeps all")
    options = parser.parse_args(arguments)
    console, folder = Console(highlight=False), Folder(options.folder.resolve())
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        with claimed(folder), ExitStack() as running:
            stage = begin(folder, console, fresh=options.fresh, seed=options.seed)
            try:
                return tell(stage, running, once=options.once)
            finally:
                console.print("Stopping everything …")
    except PulseError as error:
        console.print(f"[bold red]Error:[/] {error}", soft_wrap=True)
        return error.exit_code
    except KeyboardInterrupt:
        console.print("Stopped. `make demo` goes on from here, `make demo FRESH=1` starts anew.")
        return 130 if options.once else 0


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Begin to stop; a second signal does not disturb that."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
