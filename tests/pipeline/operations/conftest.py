"""Operations run on either store: the fixtures of the stores' own tests."""

from tests.sinks.conftest import embedded, migrated, migrated_server, server_store, store

__all__ = ["embedded", "migrated", "migrated_server", "server_store", "store"]
