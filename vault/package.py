"""The answer to a request for a copy: a ZIP that a person can read and a machine can check.

    report.html                  to read
    data/<system>.json           an array with every record, one a line
    files/<system>/<n>-<name>    the files that belong to records
    README.txt                   what is what
    manifest.json                size and SHA-256 of each member above

What never leaves and what is others' is taken out on the way, or the file that holds it is withheld; that is said.
It is written while it is read, straight into the vault, in constant memory but for the list of its members and the
names of other people.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import Field
from pydantic_core import PydanticSerializationError, to_json

from dsar.frozen import Frozen
from dsar.particulars import Particulars
from dsar.records import Exported, FileRef
from dsar.redaction import Screen
from dsar.requests import Regime, Right
from vault.archive import Archive
from vault.filenames import safe_name
from vault.objects import one
from vault.outbound.files import Verdict, examined, filtered
from vault.package_check import FORMAT, MANIFEST, Manifest, check_package
from vault.report import Section, WithheldFile, render, taken_out

__all__ = [
    "Package", "PackageHead", "PackageSummary", "PackageSystem", "WithheldFile", "check_package", "write_package",
]  # fmt: skip


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
    particulars: Mapping[str, Particulars] = field(default_factory=dict)
    """All that the law wants said of a category, by category; said of those that were found."""
    categories: Sequence[str] = ()
    """Of what is not in the package, but was found too: a person copied it, and it comes beside."""


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
    withheld: dict[str, int] = Field(default_factory=dict)
    """Files that a person has to look at, by system: something in them may not leave, or cannot be seen."""
    taken_out: dict[str, int] = Field(default_factory=dict)
    """What is held and not shown, by kind: in how many places."""
    as_they_are: int = 0
    """Files that hold no text: pictures, sound, video. Nobody looked into them."""


def write_package(head: PackageHead, systems: Sequence[PackageSystem], screen: Screen | None = None) -> "Package":
    """The package, not yet written: `await vault.write(owner, name, package.chunks())`, then `package.summary`.

    Without a screen, what never leaves is taken out, and other people's data is not.
    """
    return Package(head, systems, screen or Screen())


class Package:
    """A package that is written by reading `chunks` to the end, once.

    Raises:
        ValueError: two systems would have the same place in the package.
    """

    def __init__(self, head: PackageHead, systems: Sequence[PackageSystem], screen: Screen) -> None:
        self._head = head
        self._screen = screen
        self._systems = {safe_name(system.name, "system"): system for system in systems}
        if len(self._systems) != len(systems):
            raise ValueError("two systems of a package have the same name")
        self._sections: list[Section] = []
        self._summary: PackageSummary | None = None

    @property
    def summary(self) -> PackageSummary:
        """What was packed; there is none before the last chunk was read."""
        if self._summary is None:
            raise RuntimeError("the package is not written to its end")
        return self._summary

    @property
    def withheld(self) -> list[WithheldFile]:
        """The files that are not in it, with their names: personal data, for the person who looks at them."""
        return [file for section in self._sections for file in section.withheld]

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
            records=manifest.records,
            files=manifest.files,
            bytes=size + len(rest),
            sha256=digest.hexdigest(),
            withheld={s.name: len(s.withheld) for s in self._sections if s.withheld},
            taken_out=dict(sorted(self._screen.found.items())),
            as_they_are=sum(section.as_they_are for section in self._sections),
        )
        yield rest

    async def _members(self, archive: Archive) -> AsyncIterator[bytes]:
        sections = self._sections
        await self._learn()
        for place, system in self._systems.items():
            section = Section(place, system.title, tuple(system.notes), f"data/{place}.json", system=system.name)
            sections.append(section)
            async for chunk in archive.add(section.data_path, self._data(system, section)):
                yield chunk
            async for chunk in self._files(archive, system, section):
                yield chunk
        facts = {
            "head": self._head,
            "sections": sections,
            "right": str(self._head.right),
            "taken_out": taken_out(self._screen.found),
        }
        for path in ("report.html", "README.txt"):
            async for chunk in archive.add(path, one(render(path, **facts).encode())):
                yield chunk
        self._manifest = self._listed(archive, sections)
        async for chunk in archive.add(MANIFEST, one(self._manifest.model_dump_json(indent=2).encode())):
            yield chunk

    async def _learn(self) -> None:
        """Who else is in the records, before the first text that may name them."""
        if self._screen.others:
            for system in self._systems.values():
                async for item in _items(system):
                    self._screen.learn(item.data)

    async def _data(self, system: PackageSystem, section: Section) -> AsyncIterator[bytes]:
        """A system's records as a JSON array, one a line; each says where its files are."""
        separator = b"[\n"
        async for page in system.pages():
            lines = []
            for item in page:
                for file in item.files:
                    section.verdicts.append(await examined(system.open_file(file), self._screen))
                shown = self._screen.exported(item)
                entries = section.add(shown, tuple(_paths(section.name, shown, section.numbered)))
                lines.append(separator + _line(shown, entries))
                separator = b",\n"
            if lines:
                yield b"".join(lines)
        yield b"\n]\n" if section.records else b"[]\n"

    async def _files(self, archive: Archive, system: PackageSystem, section: Section) -> AsyncIterator[bytes]:
        if not section.numbered:
            return
        added = 0
        names = self._screen.quiet()
        async for item in _items(system):
            for file in item.files:
                verdict = section.verdicts[added] if added < section.numbered else Verdict()
                added += 1
                if verdict.withheld is None:
                    path = _path(section.name, added, names.text(file.name))
                    content = filtered(system.open_file(file), self._screen, verdict)
                    async for chunk in archive.add(path, content, file.media_type):
                        yield chunk
        if added != section.numbered:
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


def _line(item: Exported, files: Sequence[Mapping[str, str]]) -> bytes:
    record: dict[str, Any] = {
        "id": item.record_id,
        "category": item.category,
        "label": item.label,
        "data": item.data,
        "files": files,
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
    """Where a record's files go."""
    for number, file in enumerate(item.files, start=before + 1):
        yield _path(place, number, file.name)


def _path(place: str, number: int, name: str) -> str:
    """Where a file goes. The number makes it unique, whatever the names are."""
    return f"files/{place}/{number}-{safe_name(name)}"
