"""Generated files are current, marked and written whole; one installation gets its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from deploy.render import main, outputs, stale, write


def test_the_committed_files_are_current() -> None:
    assert stale() == []


@pytest.mark.parametrize("path", outputs())
def test_every_generated_file_says_so(path: str) -> None:
    assert "do not edit" in outputs()[path][:400].lower()


def test_a_changed_file_is_found_stale(tmp_path: Path) -> None:
    write(outputs(), tmp_path)
    assert stale(tmp_path) == []
    (tmp_path / "pipeline/METRICS.md").write_text("edited")
    (tmp_path / "deploy/prometheus/alerts.yml").unlink()
    assert set(stale(tmp_path)) == {"pipeline/METRICS.md", "deploy/prometheus/alerts.yml"}


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    assert write({"a/b.yml": "1", "c.md": "2"}, tmp_path) == ["a/b.yml", "c.md"]
    assert write({"a/b.yml": "1", "c.md": "3"}, tmp_path) == ["c.md"]
    assert (tmp_path / "a/b.yml").read_text() + (tmp_path / "c.md").read_text() == "13"


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    write({"a.yml": "1"}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.yml"]


def test_one_installation_gets_its_addresses_and_thresholds(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    settings = ["targets=a:1,b:2", "runbook=https://w/r", "C06.slow.4w.threshold=0.375"]
    code = main(["--to", str(folder), *(part for pair in settings for part in ("--set", pair))])
    assert code == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "alertmanager.yml",
        "alerts.yml",
        "prometheus.yml",
    ]
    scrape = yaml.safe_load((folder / "prometheus.yml").read_text())["scrape_configs"][0]
    assert scrape["static_configs"] == [{"targets": ["a:1", "b:2"]}]
    rules = (folder / "alerts.yml").read_text()
    assert "> 0.375" in rules
    assert "https://w/r#CommunityWatchdog" in rules


WRONG = [
    (["--set", "targets=a:1"], "--to"),
    (["--check", "--to", "x"], "--check"),
    (["--to", "x", "--set", "targets"], "KEY=VALUE"),
    (["--to", "x", "--set", "pager=y"], "pager"),
    (["--to", "x", "--set", "C06.slow.4w.colour=1"], "colour"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG, ids=[says for _, says in WRONG])
def test_a_wrong_call_says_what_is_wrong_and_writes_nothing(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
