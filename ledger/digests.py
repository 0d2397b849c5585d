"""Keyed hashes of contents that are kept nowhere: whoever shows the same content can have it recognised.

A plain hash of a letter or a file would let anybody who reads the ledger try what it may have said. Against whom it is
evidence is no matter here: who has the key could write the whole journal anew.
"""

import hashlib
import hmac

from ledger.facts import checked


class Digests:
    """Makes them."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.new(key, b"ledger digests 1", hashlib.sha256).digest()

    def of(self, sha256: str) -> str:
        """From a content's SHA-256 (64 hexadecimal digits): `hmac-sha256:`, and as many."""
        return f"hmac-sha256:{hmac.new(self._key, checked('sha256', sha256).encode(), hashlib.sha256).hexdigest()}"
