"""The answer to a request for a copy: a ZIP that a person can read and a machine can check.

    report.html                  to read
    data/<system>.json           an array with every record, one a line
    files/<system>/<n>-<name>    the files that belong to records
    README.txt                   what is what
    manifest.json                size and SHA-256 of each member above

It is written while it is read, straight into the vault, in constant memory but for the list of its members.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic_core import PydanticSerializationError, to_json

from dsar.frozen import Frozen
from dsar.records import Exported, FileRef
from dsar.requests import Regime, Right
from vault.archive import Archive
from vault.filenames import safe_name
from vault.objects import one
from vault.package_check import FORMAT, MANIFEST, Manifest, check_package
from vault.report import Section, render

__all__ = ["Package", "PackageHead", "PackageSummary", "PackageSystem", "check_package", "write_package"]


@dataclass(frozen=True)
class PackageHead:
    """What the package says of itself and of its request."""

    request_id: str
    right: Right
    regime: Regime
    received: datetime
    answered: datetime
    """The date of every member, too: the same facts give the same package."""
    controller: str
    contact: str
    retained: Sequence[str] = ()
    """What is kept and why, a sentence each."""
    notes: Sequence[str] = ()
    """What else must be said (GDPR 15(1), (2)): recipients, sources, safeguards; a sentence each."""
    rights: Sequence[str] = ()
    """What the person can do next, how to complain: a sentence each."""
    purposes: Mapping[str, str] = field(default_factory=dict)
    """What the data of a category is used for, by category (GDPR 15(1)(a), Cal. Civ. Code 1798.110(a)(3))."""


@dataclass(frozen=True)
class PackageSystem:
    """A system's part of the package."""

    name: str
    """Its id, unique in the package: names its members."""
    title: str
    pages: Callable[[], AsyncIterator[Sequence[Exported]]]
    """The records, a page at a time; the same ones each time it is called: once for data, once for files."""
    open_file: Callable[[FileRef], AsyncIterator[bytes]]
    notes: Sequence[str] = ()
    """What must be known of it: `could not be reached`, `a person still works on it`."""


class PackageSummary(Frozen):
    """What was packed; without personal data."""

    records: int
    files: int
    bytes: int
    """Of the whole archive."""
    sha256: str
    """Of the whole archive."""


def write_package(head: PackageHead, systems: Sequence[PackageSystem]) -> "Package":
    """The package, not yet written: `await vault.write(owner, name, package.chunks())`, then `package.summary`."""
    return Package(head, systems)


class Package:
    """A package that is written by reading `chunks` to the end, once.

    Raises:
        ValueError: two systems would have the same place in the package.
    """

    def __init__(self, head: PackageHead, systems: Sequence[PackageSystem]) -> None:
        self._head = head
        self._systems = {safe_name(system.name, "system"): system for system in systems}
        if len(self._systems) != len(systems):
            raise ValueError("two systems of a package have the same name")
        self._summary: PackageSummary | None = None

    @property
    def summary(self) -> PackageSummary:
        """What was packed; there is none before the last chunk was read."""
        if self._summary is None:
            raise RuntimeError("the package is not written to its end")
        return self._summary

    async def chunks(self) -> AsyncIterator[bytes]:
        """The archive's bytes."""
        archive = Archive(self._head.answered)
        digest = sha256()
        size = 0
        try:
            async for chunk in self._members(archive):
                digest.update(chunk)
                size += len(chunk)
                yield chunk
        finally:
            rest = archive.close()
        digest.update(rest)
        manifest = self._manifest
        self._summary = PackageSummary(
            records=manifest.records, files=manifest.files, bytes=size + len(rest), sha256=digest.hexdigest()
        )
        yield rest

    async def _members(self, archive: Archive) -> AsyncIterator[bytes]:
        sections = []
        for place, system in self._systems.items():
            section = Section(place, system.title, tuple(system.notes), f"data/{place}.json")
            sections.append(section)
            async for chunk in archive.add(section.data_path, _data(system, section)):
                yield chunk
            async for chunk in self._files(archive, system, section):
                yield chunk
        facts = {"head": self._head, "sections": sections, "right": str(self._head.right)}
        for path in ("report.html", "README.txt"):
            async for chunk in archive.add(path, one(render(path, **facts).encode())):
                yield chunk
        self._manifest = self._listed(archive, sections)
        async for chunk in archive.add(MANIFEST, one(self._manifest.model_dump_json(indent=2).encode())):
            yield chunk

    async def _files(self, archive: Archive, system: PackageSystem, section: Section) -> AsyncIterator[bytes]:
        if not section.files:
            return
        added = 0
        async for item in _items(system):
            for file, path in zip(item.files, _paths(section.name, item, added), strict=True):
                async for chunk in archive.add(path, system.open_file(file), file.media_type):
                    yield chunk
            added += len(item.files)
        if added != section.files:
            raise RuntimeError(f"the records of {system.name} changed while they were packed")

    def _listed(self, archive: Archive, sections: Sequence[Section]) -> Manifest:
        return Manifest(
            format=FORMAT,
            request_id=self._head.request_id,
            right=self._head.right,
            regime=self._head.regime,
            generated_at=self._head.answered,
            records=sum(section.records for section in sections),
            files=sum(section.files for section in sections),
            members=tuple(archive.members),
        )


async def _data(system: PackageSystem, section: Section) -> AsyncIterator[bytes]:
    """A system's records as a JSON array, one a line; each says where its files are."""
    separator = b"[\n"
    async for page in system.pages():
        lines = []
        for item in page:
            paths = tuple(_paths(section.name, item, section.files))
            section.add(item, paths)
            lines.append(separator + _line(item, paths))
            separator = b",\n"
        if lines:
            yield b"".join(lines)
    yield b"\n]\n" if section.records else b"[]\n"


def _line(item: Exported, paths: Sequence[str]) -> bytes:
    record: dict[str, Any] = {
        "id": item.record_id,
        "category": item.category,
        "label": item.label,
        "data": item.data,
        "files": [
            {"name": file.name, "media_type": file.media_type, "path": path}
            for file, path in zip(item.files, paths, strict=True)
        ],
    }
    try:
        return to_json(record, inf_nan_mode="null")
    except PydanticSerializationError:  # half a character: valid in JSON's escapes, not in UTF-8
        return json.dumps(record).encode()


async def _items(system: PackageSystem) -> AsyncIterator[Exported]:
    async for page in system.pages():
        for item in page:
            yield item


def _paths(place: str, item: Exported, before: int) -> Iterator[str]:
    """Where a record's files go. The number makes each unique, whatever the names are."""
    for number, file in enumerate(item.files, start=before + 1):
        yield f"files/{place}/{number}-{safe_name(file.name)}"
