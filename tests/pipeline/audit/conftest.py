"""Both stores, as the sinks' tests have them."""

from __future__ import annotations

from tests.sinks.conftest import embedded, server_store, store

__all__ = ["embedded", "server_store", "store"]
