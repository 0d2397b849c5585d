"""ZIP archives, and what is one inside: office documents. Put together anew from what was read and looked through.

What lies between the files of an archive, or behind its list, stays here. In an archive a file that may not leave is
replaced by a note; an office document of which a part may not leave is withheld whole, it would not open.
"""

import re
import zipfile
from dataclasses import dataclass
from itertools import count
from typing import IO

from vault.outbound.stages import AsItIs, Bomb, Look, Opener, Reason, Stage, Withheld
from vault.outbound.zip_entries import Ended, Entries, Entry, stays

_OFFICE = re.compile(r"\[Content_Types\]\.xml|_rels/|docProps/|word/|xl/|ppt/|mimetype$|META-INF/manifest")
_SHEET = re.compile(r"xl/(?:sharedStrings|worksheets/|tables/)")


class _Sink:
    """What the new archive is written to."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


@dataclass
class _Member:
    """A file on its way through."""

    place: tuple[int, ...]
    stage: Stage | None
    """`None`: nothing more of it is looked at or written."""
    out: IO[bytes]


class Zip:
    """An archive, on its way through."""

    def __init__(self, look: Look, opener: Opener) -> None:
        self._look = look
        self._opener = opener
        self._entries = Entries(look.budget)
        self._sink = _Sink()
        self._new = zipfile.ZipFile(self._sink, "w")
        self._member: _Member | None = None
        self._number = 0
        self._office = False
        self._sheets = False
        self._names: set[str] = set()

    def feed(self, data: bytes) -> bytes:
        """The next bytes in; what is decided by now out."""
        for event in self._entries.feed(data):
            match event:
                case Entry():
                    self._member = self._begun(event)
                case Ended():
                    self._end()
                case _:
                    self._write(event)
        return self._sink.take()

    def close(self) -> bytes:
        """The rest."""
        self._entries.close()
        self._new.close()
        return self._sink.take()

    def _begun(self, entry: Entry) -> _Member:
        if self._number == 0:
            self._office = bool(_OFFICE.match(entry.name))
        sheet = bool(_SHEET.match(entry.name)) or (self._sheets and entry.name == "content.xml")
        look = self._look.within(self._number, spreadsheet=self._office and sheet)
        self._number += 1
        reason = None if look.deciding else look.inner.get(look.place)
        name = entry.name if self._office else self._look.screen.text(entry.name)
        info = zipfile.ZipInfo(self._free(stays(name) + (".withheld.txt" if reason else "")), entry.date)
        info.compress_type = zipfile.ZIP_STORED if entry.stored else zipfile.ZIP_DEFLATED
        info.external_attr = 0o755 << 16 | 0x10 if info.filename.endswith("/") else 0o644 << 16
        out = self._new.open(info, "w")
        if reason:
            out.write(f"This file is withheld: {reason}.\n".encode())
        stage = AsItIs() if info.filename.endswith("/") else self._opener(look)
        return _Member(look.place, None if reason else stage, out)

    def _write(self, block: bytes) -> None:
        member = self._now
        if self._office and self._number == 1 and len(block) < 200:
            self._sheets |= b"opendocument.spreadsheet" in block
        if member.stage:
            try:
                member.out.write(member.stage.feed(block))
            except Withheld as reason:
                self._withhold(member, reason)

    def _end(self) -> None:
        member = self._now
        if member.stage:
            try:
                member.out.write(member.stage.close())
            except Withheld as reason:
                self._withhold(member, reason)
        member.out.close()
        self._member = None

    def _withhold(self, member: _Member, reason: Withheld) -> None:
        if self._office or isinstance(reason, Bomb):
            raise reason
        self._look.inner[member.place] = reason.reason
        member.stage = None

    def _free(self, name: str) -> str:
        """A name that no file in the archive has yet."""
        stem, dot, ending = name.rpartition(".")
        free = name
        if name in self._names:
            free = next(
                each
                for number in count(2)
                if (each := f"{stem} ({number}){dot}{ending}" if stem else f"{name} ({number})") not in self._names
            )
        self._names.add(free)
        return free

    @property
    def _now(self) -> _Member:
        if self._member is None:
            raise Withheld(Reason.DAMAGED)
        return self._member
