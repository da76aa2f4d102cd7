"""A small disk of its own for the store, that can be filled to the last byte. Needs root."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

BLOCK = 1 << 20


class Disk:
    """A tmpfs at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> bool:
        """Leave no room; False if there was none already."""
        if self._ballast.exists():
            return False
        size = BLOCK
        with self._ballast.open("wb", buffering=0) as ballast:
            while size:
                try:
                    if ballast.write(bytes(size)) < size:
                        size //= 2
                except OSError:
                    size //= 2
        return True

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk | None]:
    """Mount it while the block runs; None where this user may not mount."""
    folder.mkdir(parents=True)
    options = f"size={megabytes}m,mode=0700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "pulse-chaos", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        yield None
        return
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
