"""PDF: its text is read as far as it says how; it is sent whole, or not at all.

Read are texts on pages, in forms, notes and properties: compressed (Flate) or not, in letters or in glyphs with a
table that says what letters they are (ToUnicode). Where glyphs have no such table, the file is withheld. Pages that
are pictures (scans) hold no text, and are sent as pictures are.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

from dsar.redaction import Screen
from vault.outbound.binary import must_stay
from vault.outbound.pdf_fonts import Fonts, fonts, objects_in, packed_objects
from vault.outbound.stages import Budget, Reason, Withheld

LARGEST = 64 * 1024**2
"""Bytes of a PDF that is looked through."""
_NUMBER = re.compile(rb"\d{1,9}(?=\s+\d+\s+obj\b)")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_FILTER = re.compile(rb"/Filter\s*(\[[^\]]*\]|/\w+)")
_NO_TEXT = re.compile(rb"/Subtype\s*/(?:Image|Type1C|CIDFontType0C|OpenType)|/Length1\b|/FunctionType|/Type\s*/XRef")
_LARGEST_STREAM = 32 * 1024**2
_BLOCK = 1024 * 1024
_SHOWN = re.compile(
    rb"/(?P<font>[^\s/<>\[\]()]{1,60})\s+-?[\d.]+\s+Tf"
    rb"|\((?P<letters>(?:[^()\\]|\\[\s\S]|\((?:[^()\\]|\\[\s\S])*\))*)\)"
    rb"|<(?P<hex>[0-9A-Fa-f\s]+)>"
    rb"|(?P<gap>-?\d{3,5}(?:\.\d+)?)(?=\s*[\[(<])"
    rb"|(?P<line>\bT[d*Dm]\b|\bET\b|'|\")"
)
_ESCAPE = re.compile(rb"\\(?:([nrtbf])|([0-7]{1,3})|\r?\n|([\s\S]))")
_CONTROL = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class Pdf:
    """Looks through one PDF."""

    def __init__(self, screen: Screen, budget: Budget) -> None:
        self._screen = screen.quiet()
        self._budget = budget

    def look_through(self, data: bytes) -> bytes:
        """The same bytes.

        Raises:
            Withheld: something in it may not leave, or its text cannot be read.
        """
        if b"/Encrypt" in data:
            raise Withheld(Reason.LOCKED)
        outside, streams = self._parts(data)
        objects = objects_in(outside)
        for about, content in streams:
            objects |= packed_objects(about, content)
        numbered = {int(number[0]): content for about, content in streams if (number := _NUMBER.match(about))}
        known = fonts(objects, numbered)
        for part in (outside, *(content for _, content in streams)):
            if b"begincmap" not in part:
                for text in _texts(part, known):
                    must_stay(self._screen, text)
        return data

    def _parts(self, data: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """What stands outside of streams, and each stream that can hold text: what is said of it, and its content."""
        outside, streams, at = [], [], 0
        while found := _STREAM.search(data, at):
            end = data.find(b"endstream", found.end())
            end = len(data) if end < 0 else end
            outside.append(data[at : found.start()])
            about = data[max(at, found.start() - 4_096) : found.start()]
            begun = [*_NUMBER.finditer(about)]
            about = about[begun[-1].start() :] if begun else about
            if not _NO_TEXT.search(about) and (content := self._content(about, data[found.end() : end])) is not None:
                streams.append((about, content))
            at = end
        outside.append(data[at:])
        return b"\n".join(outside), streams

    def _content(self, about: bytes, packed: bytes) -> bytes | None:
        named = _FILTER.search(about)
        content = packed
        for name in re.findall(rb"/(\w+)", named[1]) if named else ():
            match name:
                case b"FlateDecode" | b"Fl":
                    content = self._inflated(content)
                case b"ASCII85Decode" | b"A85":
                    content = _ascii85(content)
                case b"ASCIIHexDecode" | b"AHx":
                    content = _hex(content)
                case b"DCTDecode" | b"DCT" | b"JPXDecode" | b"CCITTFaxDecode" | b"CCF" | b"JBIG2Decode":
                    return None
                case _:
                    raise Withheld(Reason.UNREADABLE)
        return content

    def _inflated(self, packed: bytes) -> bytes:
        unpacker = zlib.decompressobj()
        blocks, size, taken = [], 0, len(packed)
        try:
            while block := unpacker.decompress(packed, _BLOCK):
                self._budget.unpacked(len(block), taken)
                blocks.append(block)
                size += len(block)
                packed, taken = unpacker.unconsumed_tail, 0
                if size > _LARGEST_STREAM:
                    raise Withheld(Reason.TOO_LARGE)
        except zlib.error:
            if not blocks:
                raise Withheld(Reason.UNREADABLE) from None
        return b"".join(blocks)


def _texts(part: bytes, known: Fonts) -> Iterator[str]:
    """What a part says, joined as tightly as can be, and as loosely; and once for each meaning of its fonts' names."""
    meanings = max([1, *map(len, known.named.values())])
    for meaning in range(meanings):
        tight: list[str] = []
        loose: list[str] = []
        font = b""
        for shown in _SHOWN.finditer(part):
            if shown["font"] is not None:
                font = shown["font"]
            elif shown["gap"] is not None:
                tight.append(" " if abs(float(shown["gap"])) > 180 else "")
            elif shown["line"] is not None:
                loose.append("\n")
                font = b"" if shown["line"] == b"ET" else font
            else:
                raw = _letters(shown["letters"]) if shown["letters"] is not None else _hex(shown["hex"])
                text = _read(raw, font, known, meaning)
                tight.append(text)
                loose += [text, " "]
        yield "".join(tight)
        yield "".join(loose)


def _read(raw: bytes, font: bytes, known: Fonts, meaning: int) -> str:
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", "replace")
    if font in known.mute and raw.strip():
        raise Withheld(Reason.UNREADABLE)
    if tables := known.named.get(font):
        return tables[min(meaning, len(tables) - 1)].read(raw)
    return raw.decode("latin-1")


def _letters(text: bytes) -> bytes:
    def said(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return _CONTROL[match[1]]
        if match[2]:
            return bytes([int(match[2], 8) & 255])
        return match[3] or b""

    return _ESCAPE.sub(said, text)


def _hex(text: bytes) -> bytes:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", text.partition(b">")[0])
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _ascii85(text: bytes) -> bytes:
    try:
        return base64.a85decode(text.partition(b"~>")[0].strip())
    except (ValueError, binascii.Error):
        raise Withheld(Reason.UNREADABLE) from None
