"""What a person tells to prove who they are, on its way to the saga: hashed at the door, and kept nowhere."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from activities.proof_points import Given, declaration_name, key_name
from dsar.data_points import Declaration, Point, Signature, tags
from dsar.requests import Right
from intake.refusals import Refused
from ledger.ledger import Ledger
from ledger.requests import RequestRow
from vault.vault import Vault

TOO_OFTEN = "this was tried too often; the company will contact you"


class Proving:
    """Makes what the saga may see of what was told."""

    def __init__(self, ledger: Ledger, vault: Vault, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._vault = vault
        self._now = now

    async def hashed(self, row: RequestRow, told: Mapping[Point, str], signed: Signature | None, by: str) -> Given:
        """What was told, as keyed hashes whose key lies in the vault until they are compared; `by`: who entered it."""
        given = secrets.token_hex(16)
        key = secrets.token_bytes(32)
        await self._vault.put(row.id, key_name(given), key)
        if signed:
            declaration = Declaration(**signed.model_dump(), signed_at=self._now(), by=by, salt=secrets.token_hex(16))
            await self._vault.put_model(row.id, declaration_name(given), declaration)
        return Given(id=given, tags=tags(key, told), declared=bool(signed))

    async def forget(self, row: RequestRow, given: Given) -> None:
        """The saga refused it."""
        for name in (key_name(given.id), declaration_name(given.id)):
            await self._vault.delete(row.id, name)

    async def not_too_often(self, row: RequestRow, attempts: int) -> None:
        """Refuse who has tried as often as one person may, with all their open requests together.

        Raises:
            Refused: too often.
        """
        others = await self._ledger.requests.open_of(row.group, tuple(Right)) if row.group else []
        tried = 0
        for request_id in {row.id, *others}:
            entries = await self._ledger.journal.entries(request_id)
            tried += sum(entry.event == "data points given" for entry in entries)
        if tried >= attempts:
            raise Refused(TOO_OFTEN)
