"""The training corpus' rig: a manifest and files in a folder of its own, on a disk that can be broken."""

import asyncio
import errno
import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connectors.corpus_disk import Busy, Disk, Seen
from connectors.corpus_manifest import Manifest
from connectors.training_corpus import TrainingCorpus, TrainingCorpusConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from tests.contract.rig import Fault


class Failing(Disk):
    """A disk that fails when it is read, as often as it was told."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def read(self, path: Path) -> Seen:
        """What is there, or what goes wrong."""
        match self.faults.pop(0) if self.faults else None:
            case Fault.SERVER_ERROR:
                raise OSError(errno.EIO, "Input/output error", str(path))
            case Fault.TIMEOUT:
                raise Busy
            case Fault.FORBIDDEN:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            case Fault.HTML:
                raise OSError(errno.ESTALE, "Stale file handle", str(path))
        return super().read(path)


class TrainingCorpusRig:
    """A corpus with a file for most entries; two of three entries were seen by no model, and one does not say.

    Impossible: a disk counts no requests and asks for no password.
    """

    name = "training_corpus"
    lossy = False
    impossible = frozenset({Fault.RATE_LIMIT, Fault.RATE_LIMIT_WITHOUT_HINT, Fault.OVERLOADED_529, Fault.UNAUTHORISED})

    def __init__(self, manifest: str = "corpus.jsonl") -> None:
        self._name = manifest

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """An empty corpus."""
        with tempfile.TemporaryDirectory() as folder:
            self.folder, self.disk = Path(folder), Failing()
            self.path = self.folder / self._name
            self.put([])
            self.connector = TrainingCorpus(config(self.path), self.disk)
            yield

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant entries, each with the person's address or number, or both."""
        held = self.entries()
        new = [_entry(identity, len(held) + number, number) for number in range(count)]
        self.put(held + new)
        for entry in new:
            if entry["source"] != "figma":
                path = self.folder / entry["asset"]
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(b"content of " + entry["asset"].encode())
        await asyncio.sleep(0)
        return [each.id for each in Manifest(self._name, self._written(new)).entries()]

    async def snapshot(self) -> object:
        """Every entry, and every file."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file() and path != self.path)
        return self.entries(), [(path, path.read_bytes()) for path in files]

    async def present(self, record: Record) -> bool:
        """Whether the entry is there, or the file."""
        await asyncio.sleep(0)
        asset = record.state["asset"]
        return any(entry["asset"] == asset for entry in self.entries()) or (self.folder / asset).exists()

    async def fault(self, kind: str, times: int = 1) -> None:
        """Break the next reads."""
        if kind in self.impossible:
            raise NotImplementedError(kind)
        self.disk.faults += [kind] * times

    def entries(self) -> list[dict[str, Any]]:
        """The manifest."""
        text = self.path.read_text(encoding="utf-8")
        if self._name.endswith("l"):
            return [json.loads(line) for line in text.splitlines()]
        entries: list[dict[str, Any]] = json.loads(text)["entries"]
        return entries

    def put(self, entries: Sequence[dict[str, Any]]) -> None:
        """Write the manifest."""
        self.path.write_bytes(self._written(entries))

    def _written(self, entries: Sequence[dict[str, Any]]) -> bytes:
        if self._name.endswith("l"):
            return "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries).encode()
        return json.dumps({"run": 7, "entries": entries}).encode()


def config(manifest: Path, **changed: Any) -> TrainingCorpusConfig:
    """An entry of systems.toml."""
    entry = {
        "name": "ai_corpus",
        "kind": "training_corpus",
        "title": "AI training corpus",
        "manifest": manifest,
        "page_size": 5,
        "timeout_seconds": 1.5,
    }
    return TrainingCorpusConfig.model_validate(entry | changed)


def _entry(identity: Identity, number: int, turn: int) -> dict[str, Any]:
    """In turn: one that no model saw, one that one did, and a Figma file, which is not on this disk."""
    (email,), (customer,) = identity.values(Key.EMAIL)[:1], identity.values(Key.CUSTOMER_ID)[:1]
    both = {"email": [email], "customer_id": customer}
    owners: list[dict[str, Any]] = [both, {"email": email}, {"customer_id": [customer]}]
    entry = {"asset": f"files/asset {number}.svg", "source": "site", "owners": owners[turn % 3], "added": "2026-01-31"}
    match turn % 3:
        case 0:
            return {**entry, "models": [], "excluded": False, "sha256": "0" * 64}
        case 1:
            return {**entry, "models": ["layouts v3", "icons v1"], "note": "kept as it is"}
        case _:
            return {**entry, "asset": f"figma-{number}", "source": "figma"}
