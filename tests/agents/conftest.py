"""Both stores, as the tests of the stores have them."""

from __future__ import annotations

from tests.sinks.conftest import embedded, migrated, migrated_server, server_store, store

__all__ = ["embedded", "migrated", "migrated_server", "server_store", "store"]
