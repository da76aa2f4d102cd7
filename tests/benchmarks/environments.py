"""The peers' own environments under .local/peers: made once, and again when their pins change."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.stack import LOCAL
from pipeline.errors import PulseError

PEERS = Path(__file__).parent / "peers"
INSTALLED = LOCAL / "peers"
_DONE = ".made-from"


def python_of(peer: str) -> Path:
    """The interpreter of a peer's virtual environment."""
    return INSTALLED / peer / "bin" / "python"


def classes_of(peer: str) -> str:
    """The class path of a peer in Java."""
    return f"{INSTALLED / peer}/*"


def make_python(peer: str) -> None:
    """A virtual environment with what peers/PEER/requirements.txt pins."""
    pins = PEERS / peer / "requirements.txt"
    folder = INSTALLED / peer
    if _is_made(folder, pins):
        return
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    _run([str(python_of(peer)), "-m", "pip", "install", "--quiet", "-r", str(pins)])
    _mark(folder, pins)


def make_java(peer: str) -> None:
    """The jars of the Maven project peers/PEER and of what it depends on, in one folder."""
    project = PEERS / peer
    folder = INSTALLED / peer
    pins = [project / "pom.xml", *sorted(project.rglob("*.java"))]
    if _is_made(folder, *pins):
        return
    for program in ("mvn", "javac"):
        if shutil.which(program) is None:
            raise PulseError(
                f"{program} is not found, so {peer} cannot be built",
                remedy="Install Debian's maven and default-jdk-headless, or run with --no-peers.",
            )
    shutil.rmtree(folder, ignore_errors=True)
    target = folder.with_name(f"{peer}-build")
    _run(
        [
            "mvn", "-q", "-B", "--strict-checksums", "-f", str(project / "pom.xml"),
            f"-Dmaven.repo.local={INSTALLED / 'maven'}", f"-Dbuild={target}",
            f"-DoutputDirectory={folder}", "package", "dependency:copy-dependencies",
        ]
    )  # fmt: skip
    for jar in target.glob("*.jar"):
        shutil.move(jar, folder)
    shutil.rmtree(target)
    _mark(folder, *pins)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise PulseError(f"{command[0]} failed: {done.stdout.strip()[-2000:]}")


def _digest(pins: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(pin.read_bytes() for pin in pins)).hexdigest()


def _is_made(folder: Path, *pins: Path) -> bool:
    mark = folder / _DONE
    return mark.exists() and mark.read_text() == _digest(pins)


def _mark(folder: Path, *pins: Path) -> None:
    (folder / _DONE).write_text(_digest(pins))
