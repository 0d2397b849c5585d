"""The codes that prove who asks."""

import secrets

from dsar.frozen import Frozen
from dsar.proof import CODE_DIGITS, SentCode, digest
from vault.vault import Vault

_SALT_BYTES = 16
_NUMBER_BYTES = 16
"""So many more than a code's digits need that each code is as likely as any other."""


class Code(Frozen):
    """A code, and what the saga keeps of it."""

    code: str
    sent: SentCode


class Codes:
    """Draws codes from the request's key: a repeat sends and answers with the same one, and none lies anywhere."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def get(self, request_id: str, number: int) -> Code:
        """The request's code of this number, from 1."""
        drawn = await self._vault.draw(request_id, f"code {number}", _SALT_BYTES + _NUMBER_BYTES)
        salt = drawn[:_SALT_BYTES].hex()
        code = f"{int.from_bytes(drawn[_SALT_BYTES:]) % 10**CODE_DIGITS:0{CODE_DIGITS}}"
        return Code(code=code, sent=SentCode(salt=salt, digest=digest(code, salt)))


def decoy() -> SentCode:
    """Looks like a code's digest, and is none's."""
    return SentCode(salt=secrets.token_hex(_SALT_BYTES), digest=secrets.token_hex(32))
