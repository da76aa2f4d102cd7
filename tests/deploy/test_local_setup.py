"""setup.sh, with stand-ins for every program it calls: what it does, does again, and refuses."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.stack import ROOT

_NEEDED = (
    *("basename", "bash", "cat", "cp", "cut", "dirname", "env", "flock", "grep", "id"),
    *("mkdir", "rm", "sha256sum", "tail", "touch"),
)

# Each stand-in notes how it was called; some also leave behind what the real one would.
_NOTE = '#!/bin/sh\nprintf "%s %s\\n" "$(basename "$0")" "$*" >>"$CALLS"\n'
_PYTHON = """
case "$*" in
    "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo "$3/bin/python" >"$3/bin/pip" ;;
    "-m deploy.local.kafka") touch .local/kafka/classes.jsa ;;
esac
"""
_MAVEN = (
    'for each in "$@"; do case "$each" in -DoutputDirectory=*) mkdir -p "${each#*=}"; esac; done\n'
)
_APT = """
case "$*" in
    *" install "*default-jre-headless) cp "$PROGRAMS/prometheus" "$PROGRAMS/java" ;;
    *" install "*maven) cp "$PROGRAMS/spare-mvn" "$PROGRAMS/mvn" ;;
esac
"""


class Machine:
    """A checkout with nothing but setup.sh, on a machine whose programs are in one folder."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a checkout"
        self.programs = folder / "bin"
        self.calls_file = folder / "calls"
        (self.root / "deploy" / "local").mkdir(parents=True)
        for name in ("requirements.lock", "pyproject.toml", "deploy/local/pom.xml"):
            (self.root / name).write_text(name)
        shutil.copy(ROOT / "deploy/local/setup.sh", self.root / "deploy/local/setup.sh")
        self.programs.mkdir()
        for name in _NEEDED:
            found = shutil.which(name)
            assert found, name
            (self.programs / name).symlink_to(found)
        self.add("python3", _PYTHON)
        self.add("apt-get", _APT)
        self.add("spare-mvn", _MAVEN)
        self.add("sudo", 'exec "$@"\n')
        for name in ("prometheus", "promtool", "prometheus-alertmanager", "amtool"):
            self.add(name, "")

    def add(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(_NOTE + script)
        path.chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        self.calls_file.write_text("")
        return subprocess.run(
            [self.root / "deploy/local/setup.sh", *arguments],
            env={
                "PATH": str(self.programs),
                "PROGRAMS": str(self.programs),
                "CALLS": str(self.calls_file),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self, program: str) -> list[str]:
        """Arguments of each call of `program` in the last run."""
        lines = self.calls_file.read_text().splitlines()
        return [line.partition(" ")[2] for line in lines if line.split()[0] == program]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_is_missing_is_set_up(machine: Machine) -> None:
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert [call.split()[-1] for call in machine.calls("apt-get")] == [
        "update",
        "default-jre-headless",
        "maven",
    ]
    installs = [call for call in machine.calls("python") if " install " in call]
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert "--no-index -e ." in installs[1]
    assert (machine.root / ".local/kafka/libs").is_dir()
    assert (machine.root / ".local/kafka/classes.jsa").exists()
    assert done.stdout.splitlines()[-1] == "setup: ready"


def test_a_second_run_does_nothing(machine: Machine) -> None:
    machine.run()
    done = machine.run()
    assert done.stdout == "setup: ready\n"
    assert not machine.calls("apt-get")
    assert not machine.calls("mvn")
    assert not any("-m" in call.split() for call in machine.calls("python"))


def test_an_environment_of_another_checkout_is_left_alone(machine: Machine) -> None:
    (machine.root / ".local").symlink_to(machine.programs)
    done = machine.run()
    assert done.returncode == 1
    assert ".local is a link" in done.stderr
    assert not machine.calls_file.read_text()


def test_a_new_lock_file_is_installed_into_the_same_environment(machine: Machine) -> None:
    machine.run()
    (machine.root / "requirements.lock").write_text("other")
    machine.run()
    assert any("-r requirements.lock" in call for call in machine.calls("python"))
    assert not any("venv" in call for call in machine.calls("python3"))
    assert not machine.calls("mvn")


def test_a_new_pom_fetches_kafka_anew(machine: Machine) -> None:
    machine.run()
    (machine.root / ".local/kafka/libs/old.jar").touch()
    (machine.root / "deploy/local/pom.xml").write_text("other")
    machine.run()
    assert len(machine.calls("mvn")) == 1
    assert not (machine.root / ".local/kafka/libs/old.jar").exists()
    assert (machine.root / ".local/kafka/classes.jsa").exists()


def test_an_environment_that_was_moved_is_made_anew(machine: Machine) -> None:
    machine.run()
    machine.root = machine.root.rename(machine.root.with_name("elsewhere"))
    machine.run()
    assert any(call.startswith("-m venv ") for call in machine.calls("python3"))


def test_a_step_that_fails_says_what_was_printed_and_is_done_again(machine: Machine) -> None:
    machine.run()
    machine.add("mvn", "echo the network is down; exit 1\n")
    (machine.root / "deploy/local/pom.xml").write_text("other")
    for _ in range(2):
        done = machine.run()
        assert done.returncode == 1
        assert "the network is down" in done.stderr
        assert "setup: error: fetching Kafka's jars" in done.stderr


def test_an_old_python_is_refused_with_the_remedy(machine: Machine) -> None:
    machine.add("python3", "exit 1\n")
    done = machine.run()
    assert done.returncode == 1
    assert "PYTHON=python3.11 make setup" in done.stderr


def test_without_apt_it_says_what_to_install(machine: Machine) -> None:
    (machine.programs / "apt-get").unlink()
    done = machine.run()
    assert done.returncode == 1
    assert "Java 17, Maven" in done.stderr


def test_an_unknown_argument_is_refused(machine: Machine) -> None:
    done = machine.run("everything")
    assert done.returncode == 1
    assert "unknown argument: everything" in done.stderr
    assert not (machine.root / ".local").exists()
