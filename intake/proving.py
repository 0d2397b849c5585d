"""What a person tells to prove who they are, on its way to the saga: hashed at the door, and kept nowhere."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from activities.outbox import ADDRESS
from activities.proof_points import Given, declaration_name, key_name
from dsar.data_points import Declaration, Point, Signature, tags
from dsar.fingerprints import fingerprint
from dsar.identity import Identifier, Key
from intake.refusals import Refused
from ledger.ledger import Ledger
from ledger.proof_attempts import COUNTED
from ledger.requests import RequestRow
from vault.store import NotInVault
from vault.vault import Vault

TOO_OFTEN = "this was tried too often; the company will contact you"


class Proving:
    """Makes what the saga may see of what was told."""

    def __init__(
        self, ledger: Ledger, vault: Vault, subject_key: bytes, now: Callable[[], datetime], attempts: int
    ) -> None:
        self._attempts = attempts
        self._ledger = ledger
        self._subject_key = subject_key
        self._vault = vault
        self._now = now

    async def hashed(self, row: RequestRow, told: Mapping[Point, str], signed: Signature | None, by: str) -> Given:
        """What was told, as keyed hashes whose key lies in the vault until they are compared; `by`: who entered it.

        Raises:
            Refused: it was tried too often, in this request and others of the same mailbox.
        """
        given = secrets.token_hex(16)
        await self._count(row, given)
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

    async def _count(self, row: RequestRow, given: str) -> None:
        """Refuse who has had as many attempts as one person may, with all their requests together.

        They are counted by the mailbox that the code went to: neither another request, nor another way to name the
        person, nor taking a request back gives more guesses.
        """
        now = self._now()
        subject = await self._subject(row)
        if not await self._ledger.proof_attempts.claim(given, subject, now, now - COUNTED, self._attempts):
            raise Refused(TOO_OFTEN)

    async def _subject(self, row: RequestRow) -> str:
        try:
            address = (await self._vault.get(row.id, ADDRESS)).decode()
        except NotInVault:
            return row.id  # a person of ours vouched: there is no mailbox
        return fingerprint(self._subject_key, Identifier(kind=Key.EMAIL, value=address))
