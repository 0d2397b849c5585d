"""A saga as it ran once, kept so that every later version of the code can be held to it.

Synthetic people only. The payloads are sealed as always: the wrapped keys lie beside them; their master is the tests'.
"""

import base64
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from temporalio.client import WorkflowHistory

from vault.keys import KeyRing
from vault.store import DiskStore, one

HISTORIES = Path(__file__).parent / "histories"
MASTERS = {"m": bytes(32)}
"""What the flows' own house wraps its keys with."""


class Recording(BaseModel):
    """One file of `histories/`."""

    workflow_id: str
    wrapped: dict[str, str]
    """Data keys by owner, wrapped, in base64: the saga's own, and that of the hold that it starts."""
    history: dict[str, Any]

    @classmethod
    def read(cls, name: str) -> "Recording":
        """A recording by its name."""
        return cls.model_validate_json((HISTORIES / f"{name}.json").read_text(encoding="utf-8"))

    def write(self, name: str) -> None:
        """Keep it, in place of the one before."""
        (HISTORIES / f"{name}.json").write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    def workflow_history(self) -> WorkflowHistory:
        """What a replayer takes."""
        return WorkflowHistory.from_json(self.workflow_id, self.history)

    async def keys(self, folder: Path) -> KeyRing:
        """The keys that open it, laid out in a folder."""
        store = DiskStore(folder)
        for owner, key in self.wrapped.items():
            await store.write(f"keys/{owner}", one(base64.b64decode(key)))
        return KeyRing(store, MASTERS, "m")
