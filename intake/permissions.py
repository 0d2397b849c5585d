"""What somebody showed to act for a person: sealed with the request, and only a keyed hash in the journal."""

from dsar.agency import Permission
from intake.refusals import NotFound, Refused
from ledger.ledger import Ledger
from ledger.requests import RequestRow
from vault.keys import KeyUnavailable
from vault.vault import Vault

FOLDER = "agency/permission"
"""The vault's names for the documents of a request, in the order in which they came."""


class Permissions:
    """The documents, which go with the request's key."""

    def __init__(self, ledger: Ledger, vault: Vault) -> None:
        self._ledger = ledger
        self._vault = vault

    async def keep(self, request_id: str, permission: Permission) -> None:
        """Seal one: the same one twice is one."""
        kept = await self._vault.names(request_id, f"{FOLDER}/")
        if not any(name.endswith(permission.digest) for name in kept):
            name = f"{FOLDER}/{len(kept):03}-{permission.digest}"
            await self._vault.put_model(request_id, name, permission)

    async def add(self, row: RequestRow, permission: Permission, by: str) -> None:
        """Seal one that came after the request, and enter it.

        Raises:
            Refused: the request is over, and its key with it.
        """
        try:
            await self.keep(row.id, permission)
        except KeyUnavailable:
            raise Refused("this is over, and all that it held is forgotten") from None
        digest = self._ledger.digests.of(permission.digest)
        facts = {"document": digest, "by": by}
        await self._ledger.journal.append(row.id, f"document:{digest}", "a permission was sealed", facts)

    async def last(self, row: RequestRow) -> Permission:
        """The one that came last.

        Raises:
            NotFound: there is none.
        """
        kept = sorted(await self._vault.names(row.id, f"{FOLDER}/"))
        if not kept:
            raise NotFound(f"no document was handed in for {row.id}")
        try:
            return await self._vault.get_model(row.id, kept[-1], Permission)
        except KeyUnavailable:
            raise Refused("this is over, and all that it held is forgotten") from None
