"""ZIP archives, and what is one inside: office documents. Put together anew from what was read and looked through.

What lies between the files of an archive, or behind its list, stays here. In an archive a file that may not leave is
replaced by a note; an office document of which a part may not leave is withheld whole, it would not open.
"""

import re
from dataclasses import dataclass
from itertools import count

from vault.outbound.stages import AsItIs, Bomb, Look, Opener, Reason, Stage, Withheld
from vault.outbound.zip_entries import Ended, Entries, Entry, stays
from vault.outbound.zip_writer import ZipWriter

_OFFICE = re.compile(r"\[Content_Types\]\.xml|_rels/|docProps/|word/|xl/|ppt/|mimetype$|META-INF/manifest")
_SHEET = re.compile(r"xl/(?:sharedStrings|worksheets/|tables/)")


@dataclass
class _Member:
    """A file on its way through."""

    place: tuple[int, ...]
    stage: Stage | None
    """`None`: nothing more of it is looked at or written."""


class Zip:
    """An archive, on its way through."""

    def __init__(self, look: Look, opener: Opener) -> None:
        self._look = look
        self._opener = opener
        self._entries = Entries(look.budget)
        self._new = ZipWriter()
        self._member: _Member | None = None
        self._number = 0
        self._office = False
        self._sheets = False
        self._names: set[str] = set()

    def feed(self, data: bytes) -> bytes:
        """The next bytes in; what is decided by now out."""
        shown = []
        for event in self._entries.feed(data):
            match event:
                case Entry():
                    shown.append(self._begin(event))
                case Ended():
                    shown.append(self._end())
                case _:
                    shown.append(self._write(event))
        return b"".join(shown)

    def close(self) -> bytes:
        """The rest."""
        self._entries.close()
        return self._new.close()

    def _begin(self, entry: Entry) -> bytes:
        if self._number == 0:
            self._office = bool(_OFFICE.match(entry.name))
        sheet = bool(_SHEET.match(entry.name)) or (self._sheets and entry.name == "content.xml")
        look = self._look.within(self._number, spreadsheet=self._office and sheet)
        self._number += 1
        reason = None if look.deciding else look.inner.get(look.place)
        name = entry.name if self._office else self._look.screen.text(entry.name)
        name = self._free(stays(name) + (".withheld.txt" if reason else ""))
        stage = AsItIs() if name.endswith("/") else self._opener(look)
        self._member = _Member(look.place, None if reason else stage)
        begun = self._new.begin(name, entry.stamp, stored=entry.stored)
        return begun + (self._new.write(f"This file is withheld: {reason}.\n".encode()) if reason else b"")

    def _write(self, block: bytes) -> bytes:
        if self._office and self._number == 1 and len(block) < 200:
            self._sheets |= b"opendocument.spreadsheet" in block
        member = self._now
        try:
            return self._new.write(member.stage.feed(block)) if member.stage else b""
        except Withheld as reason:
            return self._withhold(member, reason)

    def _end(self) -> bytes:
        member = self._now
        try:
            rest = self._new.write(member.stage.close()) if member.stage else b""
        except Withheld as reason:
            rest = self._withhold(member, reason)
        self._member = None
        return rest + self._new.end()

    def _withhold(self, member: _Member, reason: Withheld) -> bytes:
        if self._office or isinstance(reason, Bomb):
            raise reason
        self._look.inner[member.place] = reason.reason
        member.stage = None
        return b""

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
