"""The corpus as entries and files: read, rewritten and deleted, under the lock. Everything here blocks."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from connectors.corpus_disk import Disk, Seen
from connectors.corpus_manifest import Entry, Manifest, Raw

LONGEST_NAME = 255
"""Bytes: what file systems take."""


class Corpus:
    """A manifest, or a folder of manifests, and the folder that their assets' paths start from."""

    def __init__(self, manifest: Path, files: Path | None, disk: Disk, seconds: float) -> None:
        self._manifest = manifest
        self._files = files
        self._disk = disk
        self._seconds = seconds

    def locked(self) -> AbstractContextManager[None]:
        """Hold the lock of the manifest's folder."""
        return self._disk.locked(self._folder, self._seconds)

    def entries(self) -> list[Entry]:
        """All of them."""
        return [entry for _, manifest in self._manifests() for entry in manifest.entries()]

    def rewrite(self, becomes: Callable[[Entry], Raw | None]) -> set[str]:
        """Write each manifest as its entries become; the ids of all that there were. Only under the lock."""
        ids: set[str] = set()
        for seen, manifest in self._manifests():
            ids |= {entry.id for entry in manifest.entries()}
            content = manifest.rewritten(becomes)
            if content is not None:
                self._disk.replace(seen, content)
        return ids

    def mark(self, wanted: Mapping[str, Callable[[Raw], Raw]]) -> set[str]:
        """Change entries by their ids; the ids of all that there are."""
        with self.locked():
            return self.rewrite(lambda entry: wanted[entry.id](entry.raw) if entry.id in wanted else entry.raw)

    def erase(self, ids: Collection[str]) -> tuple[dict[str, list[Entry]], set[str]]:
        """Delete each entry's file, then the entries: stopped in between, they are found again.

        The entries that there were, by id, and which of these were left alone as `by_hand` says.
        """
        with self.locked():
            everything = self.entries()
            held = by_id(everything, ids)
            left = {each for each, entries in held.items() if self.by_hand(entries[0].asset)}
            others = {entry.asset for entry in everything if entry.id not in held}
            for asset in {held[each][0].asset for each in held if each not in left} - others:
                if path := self.path(asset):
                    self._disk.remove(path)
            self.rewrite(lambda entry: None if entry.id in held and entry.id not in left else entry.raw)
        return held, left

    def path(self, asset: str) -> Path | None:
        """Where an asset's file would be; `None`, where its name is no path of a file below the corpus's folder."""
        if not _can_be_a_path(asset):
            return None
        root = (self._files or self._folder).resolve()
        path = (root / asset).resolve()
        ours = path != root and path.is_relative_to(root) and path not in map(Path.resolve, self._paths())
        return path if ours and not path.is_dir() else None

    def file(self, asset: str) -> Path | None:
        """An asset's file, if it is there."""
        path = self.path(asset)
        return path if path and path.is_file() else None

    def by_hand(self, asset: str) -> bool:
        """Whether it names what is there and not ours to delete: a folder, or something outside of the corpus."""
        there = _can_be_a_path(asset) and ((self._files or self._folder) / asset).exists()
        return there and self.path(asset) is None

    @property
    def _folder(self) -> Path:
        return self._manifest if self._manifest.is_dir() else self._manifest.parent

    def _paths(self) -> Sequence[Path]:
        if not self._manifest.is_dir():
            return [self._manifest]
        return sorted(p for p in self._manifest.iterdir() if p.suffix in {".json", ".jsonl"} and p.name[0] != ".")

    def _manifests(self) -> Iterator[tuple[Seen, Manifest]]:
        for path in self._paths():
            seen = self._disk.read(path)
            yield seen, Manifest(path.name, seen.content)


def _can_be_a_path(asset: str) -> bool:
    try:
        return "\0" not in asset and all(len(part.encode()) <= LONGEST_NAME for part in asset.split("/"))
    except UnicodeEncodeError:  # half a letter
        return False


def by_id(entries: Sequence[Entry], wanted: Collection[str]) -> dict[str, list[Entry]]:
    """Those that are wanted. Two entries that say the same are one record."""
    held: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.id in wanted:
            held.setdefault(entry.id, []).append(entry)
    return held
