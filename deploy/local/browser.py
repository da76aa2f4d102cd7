"""A headless Chromium that looks at a page: `python -m deploy.local.browser PAGE.html PICTURE.png`.

It reads the file alone: no network is needed, and the page allows none.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PulseError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 120
ALL_ROWS = "#all"
"""Behind a page's address: also its collapsed rows are opened."""

_SAID = re.compile(r"CONSOLE[:(].*")


@dataclass(frozen=True)
class Looked:
    """The page as it stands after its scripts have run, and what they said to the console."""

    dom: str
    console: Sequence[str]


def chromium() -> str | None:
    """The browser on PATH, if there is one (Debian: `apt-get install chromium`)."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def look(page: Path, *, every_row: bool = False, width: int = 1440) -> Looked:
    """Open the page and read what became of it."""
    said = _run(page, ["--dump-dom"], width, 2_000, every_row=every_row)
    console = [found[0] for line in said.stderr.splitlines() if (found := _SAID.search(line))]
    return Looked(said.stdout, console)


def picture(
    page: Path,
    to: Path,
    *,
    width: int = 1440,
    height: int = 1800,
    dark: bool = False,
    every_row: bool = False,
    scale: float = 1.0,
) -> None:
    """Write what a window of that size, in CSS pixels, shows of the page as a PNG.

    `scale`: pixels of the picture in a CSS pixel.
    """
    words = [
        f"--screenshot={to.resolve()}",
        f"--force-device-scale-factor={scale}",
        "--blink-settings=preferredColorScheme=" + ("0" if dark else "1"),
    ]
    _run(page, words, width, height, every_row=every_row)
    if not to.is_file():
        raise PulseError("The browser wrote no picture", where=str(to))


def _run(
    page: Path, words: Sequence[str], width: int, height: int, *, every_row: bool
) -> subprocess.CompletedProcess[str]:
    if (program := chromium()) is None:
        raise PulseError(
            "No Chromium is on PATH", where=", ".join(NAMES), remedy="apt-get install chromium"
        )
    with tempfile.TemporaryDirectory(prefix="pulse-browser-") as profile:
        command = [
            program,
            "--headless",
            "--no-sandbox",  # it opens our own file, and root may not have one
            "--disable-gpu",
            "--hide-scrollbars",
            "--enable-logging=stderr",
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            *words,
            page.resolve().as_uri() + (ALL_ROWS if every_row else ""),
        ]
        try:
            return subprocess.run(
                command, capture_output=True, text=True, timeout=SECONDS, check=True
            )
        except subprocess.TimeoutExpired as error:
            raise PulseError(f"The browser took over {SECONDS} s", where=str(page)) from error
        except subprocess.CalledProcessError as error:
            last = (error.stderr or "").strip().splitlines()[-1:]
            raise PulseError(f"The browser failed: {''.join(last)}", where=str(page)) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Make one picture; 0 = made, 1 = not."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.browser", description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--height", type=int, default=1800)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--every-row", action="store_true", help="open the collapsed rows too")
    options = parser.parse_args(arguments)
    try:
        picture(
            options.page,
            options.picture,
            width=options.width,
            height=options.height,
            dark=options.dark,
            every_row=options.every_row,
        )
    except PulseError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
