"""The packaged history, read once, and a key."""

from __future__ import annotations

import pytest

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.inputs import LogFile, open_input, read_logs
from pipeline.sources.irc import PACKAGED_LOGS
from pipeline.sources.orders import PACKAGED_SALES, Ledger, read_ledger


@pytest.fixture(scope="session")
def pseudonyms() -> Pseudonyms:
    return Pseudonyms(b"a key that only tests know")


@pytest.fixture(scope="session")
def packaged_logs() -> list[LogFile]:
    return read_logs(PACKAGED_LOGS)


@pytest.fixture(scope="session")
def sales() -> Ledger:
    with open_input(PACKAGED_SALES) as lines:
        return read_ledger(lines, PACKAGED_SALES.name)
