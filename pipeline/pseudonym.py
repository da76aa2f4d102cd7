"""Persons leave the edge only under a pseudonym: a keyed HMAC, whose key id travels with them.

A plain hash of a nick can be undone by trying all nicks; a keyed one cannot without the key. The
platform goes into the HMAC, so that the same nick on two platforms stays two persons.
"""

from __future__ import annotations

import hmac

from pipeline.errors import SettingsError
from pipeline.settings import Settings

PSEUDONYM_BYTES = 16


class Pseudonyms:
    """Pseudonyms under one secret key; the same key and person always give the same one."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.key_id = hmac.digest(key, b"community-pulse key id", "sha256")[:4].hex()
        """Public fingerprint of the key: tells keys apart and gives nothing of them away."""

    def of(self, platform: str, person: str) -> str:
        """The pseudonym of `person` on `platform`: 128 bits as 32 hex digits."""
        said = f"{len(platform)}:{platform}{person}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, said, "sha256")[:PSEUDONYM_BYTES].hex()


def load_pseudonyms(settings: Settings) -> Pseudonyms:
    """The pseudonyms of this installation; SettingsError when it has no key."""
    key = settings.pseudonym_key.get_secret_value()
    if not key:
        raise SettingsError(
            "There is no key for the pseudonyms of persons",
            where="PULSE_PSEUDONYM_KEY",
            remedy="Make one with `openssl rand -hex 32`, keep it secret, and never change it:"
            " another key makes other persons of the same members.",
        )
    return Pseudonyms(key.encode())
