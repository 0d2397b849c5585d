"""What people attach to a task as evidence: sealed with its request, and only a keyed hash in the journal."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from intake.refusals import Refused
from ledger.facts import Fact
from ledger.ledger import Ledger
from ledger.requests import RequestRow
from vault.keys import KeyUnavailable
from vault.vault import Vault

LARGEST = 20 * 1024 * 1024
"""Bytes: a screenshot, a page of a vendor's console, a mail."""

CONTENTS = "evidence/files"
NAMES = "evidence/names"
"""The vault's names: a file's content and its own name, by task and hash."""


@dataclass(frozen=True)
class Attachment:
    """One file. Personal data, its name too."""

    name: str
    content: bytes


class Attachments:
    """The evidence of the tasks of requests, which goes with the request's key."""

    def __init__(self, ledger: Ledger, vault: Vault) -> None:
        self._ledger = ledger
        self._vault = vault

    async def add(self, row: RequestRow, task_id: str, file: Attachment, by: str) -> str:
        """Seal a file; the keyed hash of its content (`ledger.digests`). The same one twice is one.

        Raises:
            Refused: it is empty or too large, the request has no such task, or is over.
        """
        size = len(file.content)
        if not 0 < size <= LARGEST:
            raise Refused(f"evidence has between 1 byte and {LARGEST >> 20} MiB; this has {size} bytes")
        if task_id not in {task.id for task in await self._ledger.tasks.list(row.id, open_only=False)}:
            raise Refused(f"this request has no task {task_id}")
        digest = hashlib.sha256(file.content).hexdigest()
        try:
            await self._vault.put(row.id, f"{NAMES}/{_part(task_id)}/{digest}", file.name.encode())
            await self._vault.put(row.id, f"{CONTENTS}/{_part(task_id)}/{digest}", file.content)
        except KeyUnavailable:
            raise Refused("this is over, and all that it held is forgotten") from None
        kept = self._ledger.digests.of(digest)
        facts: dict[str, Fact] = {"task": task_id, "digest": kept, "bytes": size, "by": by}
        await self._ledger.journal.append(row.id, f"attached:{task_id}:{kept}", "evidence was sealed", facts)
        return kept

    async def of(self, row: RequestRow, task_id: str) -> AsyncIterator[Attachment]:
        """The files of a task, one at a time. Raises `Refused` when the request is over."""
        try:
            for name in await self._vault.names(row.id, f"{CONTENTS}/{_part(task_id)}/"):
                content = await self._vault.get(row.id, name)
                called = await self._vault.get(row.id, name.replace(CONTENTS, NAMES, 1))
                yield Attachment(name=called.decode(), content=content)
        except KeyUnavailable:
            raise Refused("this is over, and all that it held is forgotten") from None


def _part(task_id: str) -> str:
    return task_id.rpartition(".")[2]
