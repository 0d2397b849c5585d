"""The codes that prove who asks, as they lie in the vault."""

import secrets

from dsar.frozen import Frozen
from dsar.proof import CODE_DIGITS, SentCode, digest
from vault.vault import Vault


class Code(Frozen):
    """A code, and what the saga keeps of it."""

    code: str
    sent: SentCode


class Codes:
    """Makes codes."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def get(self, request_id: str, number: int) -> Code:
        """The request's code of this number, made once: a repeat sends and answers with the same one."""
        name = f"code/{number}"
        if await self._vault.exists(request_id, name):
            return await self._vault.get_model(request_id, name, Code)
        code, salt = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}", secrets.token_hex(16)
        made = Code(code=code, sent=SentCode(salt=salt, digest=digest(code, salt)))
        await self._vault.put_model(request_id, name, made)
        return made


def decoy() -> SentCode:
    """Looks like a code's digest, and is none's."""
    return SentCode(salt=secrets.token_hex(16), digest=secrets.token_hex(32))
