"""HTML and XML, office documents' parts too: what a reader sees as one word can be in pieces, with tags between them.

The text is looked through without its tags, and what is found is taken out of the pieces; no tag is lost. Tags are
looked through by themselves, for what stands in their attributes.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dsar.forbidden_keys import kind_of
from dsar.forbidden_kinds import Forbidden, marker
from dsar.forbidden_words import says_something
from dsar.others import OTHER, SHOWN
from dsar.redaction import REACH, Screen
from vault.outbound.stages import Reason, Withheld
from vault.outbound.text import WINDOW, Edit, Window

_PIECE = re.compile(
    r"<!\[CDATA\[|\]\]>|<[!?/]?[\w][^<>]{0,8000}>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,30});|[^<&\]]+|[<&\]]"
)
_FRAMES = frozenset({"<![CDATA[", "]]>"})
_NAME = re.compile(r"</?(?:(?P<space>[\w.-]+):)?(?P<name>[\w.-]+)")
_ATTRIBUTE = re.compile(r"(?P<name>[\w:.-]+)\s*=\s*(?:\"(?P<v>[^\"]*)\"|'(?P<w>[^']*)')")
_NAMING = frozenset({"name", "key", "id", "label", "for", "property", "itemprop", "field"})
_INLINE = frozenset(
    ("b", "i", "u", "em", "strong", "span", "font", "a", "small", "sub", "sup", "mark", "code", "s", "del", "ins", "r",
     "t", "wbr", "bdi", "abbr", "tt", "proofErr", "phoneticPr", "sz", "color", "rFont", "rPr", "family", "scheme")
)  # fmt: skip
_APART: dict[str, frozenset[str]] = {
    "w": frozenset({"p", "br", "tab", "cr", "tr"}),
    "a": frozenset({"p", "br", "tr"}),
    "text": frozenset({"p", "h", "tab", "line-break", "list-item"}),
}
"""Of word processors' own elements, those that part words."""
_CELLS = frozenset({"td", "th", "tc", "dt"})
_ENCRYPTED = "manifest:encryption-data"


@dataclass
class _Text:
    """A text without its tags, and where each part of it stands in the file."""

    plain: str
    starts: list[int]
    """Where each piece begins in `plain`."""
    pieces: list[tuple[int, int]]
    """Where it is in the file."""

    def spans(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """The parts of the file that hold this part of the text."""
        first = bisect_right(self.starts, start) - 1
        found = []
        for number in range(first, len(self.starts)):
            at = self.starts[number]
            if at >= end:
                break
            begin, stop = self.pieces[number]
            until = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.plain)
            if stop - begin == until - at:  # letters as they are; an entity is taken whole
                begin, stop = begin + max(0, start - at), begin + min(until, end) - at
            found.append((begin, stop))
        return tuple(found)


class Markup(Window):
    """A window over a text with tags."""

    def __init__(
        self,
        screen: Screen,
        *,
        part: bool = False,
        spreadsheet: bool = False,
        window: int = 2 * WINDOW,
        reach: int = 4 * REACH,
    ) -> None:
        super().__init__(screen, window=window, reach=reach)
        self._look = screen
        self._part = part
        self._spreadsheet = spreadsheet

    def edits(self, text: str) -> Sequence[Edit]:
        """What is found in the text without tags, in the tags, and in elements with telling names."""
        if self._part and _ENCRYPTED in text:
            raise Withheld(Reason.LOCKED)
        read, found = self._read(text)
        for hit in self._look.hits(read.plain):
            if spans := tuple(span for span in read.spans(hit.start, hit.end) if span[0] < span[1]):
                found.append(Edit(spans, hit.kind, hit.shown))
        return _apart(found)

    def cut(self, text: str, at: int) -> int:
        """Not within a tag or an entity, if it is not too long to be one."""
        opened = max(text.rfind("<", max(0, at - 8_000), at), text.rfind("&", max(0, at - 40), at))
        piece = _PIECE.match(text, opened) if opened >= 0 else None
        return opened if piece and piece.end() > at and piece[0][0] in "<&" and piece.end() - opened > 1 else at

    def _read(self, text: str) -> tuple[_Text, list[Edit]]:
        letters: list[str] = []
        read, found = _Text("", [], []), []
        length, kind, within = 0, None, ""
        for match in _PIECE.finditer(text):
            piece, shown = match[0], match[0]
            if piece in _FRAMES:
                continue
            if piece[0] == "<" and len(piece) > 2:
                found += list(self._in_tag(piece, match.start()))
                kind, within = _told_by(piece) if not piece.startswith("</") else (None, "")
                shown = _between(piece)
            elif piece[0] == "&" and len(piece) > 1:
                shown = html.unescape(piece)
            elif edit := self._in_element(match, kind, within):
                found.append(edit)
            if shown:
                read.starts.append(length)
                read.pieces.append(
                    match.span() if piece[0] != "<" or len(piece) < 3 else (match.start(), match.start())
                )
                letters.append(shown)
                length += len(shown)
        read.plain = "".join(letters)
        return read, found

    def _in_element(self, match: re.Match[str], kind: Forbidden | None, within: str) -> Edit | None:
        """What an element's name says of its text."""
        text = match[0].strip()
        if not text:
            return None
        if self._spreadsheet and kind_of(text):
            raise Withheld(Reason.FORBIDDEN)
        if kind and says_something(text):
            return Edit((match.span(),), kind, marker(kind))
        others = self._look.others
        if others and within and others.is_other_writer(html.unescape(text), within):
            return Edit((match.span(),), OTHER, SHOWN)
        return None

    def _in_tag(self, tag: str, at: int) -> Iterator[Edit]:
        if "=" not in tag:
            return
        told, _ = _told_by(tag)
        for match in _ATTRIBUTE.finditer(tag):
            value, name = match["v"] or match["w"] or "", match["name"].rpartition(":")[2]
            start = at + match.start("v" if match["v"] else "w")
            kind = kind_of(name) or (told if name.lower() in {"value", "content"} else None)
            if kind and says_something(value):
                yield Edit(((start, start + len(value)),), kind, _quotable(marker(kind)))
            elif self._look.others and self._look.others.is_other_writer(html.unescape(value), name):
                yield Edit(((start, start + len(value)),), OTHER, SHOWN)
            elif value:
                for hit in self._look.hits(value):
                    yield Edit(((start + hit.start, start + hit.end),), hit.kind, _quotable(hit.shown))


def _quotable(text: str) -> str:
    """A text that can stand in an attribute, whichever quotes are around it."""
    return text.replace("'", "&#39;")


def _told_by(tag: str) -> tuple[Forbidden | None, str]:
    """What an opening tag says of the text after it: its kind, and its name."""
    named = _NAME.match(tag)
    name = named["name"] if named else ""
    if tag.endswith("/>"):
        return None, ""
    kind = kind_of(name)
    if kind is None and "=" in tag:
        said = (m["v"] or m["w"] or "" for m in _ATTRIBUTE.finditer(tag) if m["name"].lower() in _NAMING)
        kind = next(filter(None, map(kind_of, said)), None)
    return kind, name


def _between(tag: str) -> str:
    """What a tag is to a reader: nothing, the end of a line, or the border of a cell."""
    named = _NAME.match(tag)
    if named is None:
        return ""
    space, name = named["space"], named["name"]
    if name in _CELLS and tag.startswith("</"):
        return ": "
    if space in _APART:
        return "\n" if name in _APART[space] else ""
    return "" if name in _INLINE else "\n"


def _apart(edits: list[Edit]) -> list[Edit]:
    """In order, and none within another."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if kept and edit.start < kept[-1].end:
            if edit.end <= kept[-1].end:
                continue
            beyond = tuple((max(start, kept[-1].end), end) for start, end in edit.spans if end > kept[-1].end)
            kept.append(Edit(beyond, edit.kind, edit.shown))
        else:
            kept.append(edit)
    return kept
