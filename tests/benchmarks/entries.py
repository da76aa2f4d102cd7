"""All contestants by name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.benchmarks.contestant import Contestant
from tests.benchmarks.ours import BARE, FULL_EMBEDDED, FULL_SERVER
from tests.benchmarks.peers_python import BYTEWAX, FAUST_STOCK, LIMIT, QUIXSTREAMS

ENTRIES: Mapping[str, Contestant] = MappingProxyType(
    {
        one.name: one
        for one in (FULL_SERVER, FULL_EMBEDDED, BARE, LIMIT, FAUST_STOCK, QUIXSTREAMS, BYTEWAX)
    }
)

QUICK = [one.name for one in (FULL_SERVER, FULL_EMBEDDED, BARE, FAUST_STOCK, LIMIT)]
