"""What the glyphs of a PDF mean: each font's table from codes to letters (ToUnicode)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_OBJECT = re.compile(rb"(\d{1,9})\s{1,9}\d{1,5}\s{1,9}obj\b")
_TO_UNICODE = re.compile(rb"/ToUnicode\s+(\d{1,9})\s+\d+\s+R")
_RESOURCE = re.compile(rb"/([^\s/<>\[\]()]{1,60})\s+(\d{1,9})\s+\d+\s+R")
_PAIR = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]*)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]{1,8})>\s*<([0-9A-Fa-f]{1,8})>\s*(?:<([0-9A-Fa-f\s]*)>|\[([^\]]*)\])")
_LONGEST = 20_000
"""Bytes of a dictionary that are read."""
_MOST = 70_000
"""Codes in a table."""
_CALLED = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "space": " ", "period": ".", "comma": ",", "colon": ":", "hyphen": "-", "endash": "-", "emdash": "-",
    "minus": "-", "at": "@", "underscore": "_", "slash": "/", "plus": "+", "numbersign": "#", "parenleft": "(",
    "parenright": ")", "quotesingle": "'", "quoteright": "'", "equal": "=", "fi": "fi", "fl": "fl", "ff": "ff",
    "ffi": "ffi", "ffl": "ffl", "percent": "%", "ampersand": "&", "exclam": "!", "question": "?", "semicolon": ";",
}  # fmt: skip
"""Letters by the names that fonts call them by (Adobe Glyph List): those that what we look for is made of."""


@dataclass(frozen=True)
class Glyphs:
    """One font's table."""

    letters: dict[bytes, str]

    def read(self, raw: bytes) -> str:
        """What codes of this font say; a code without a letter says nothing."""
        width = max((len(code) for code in self.letters), default=1)
        return "".join(self.letters.get(raw[at : at + width], "") for at in range(0, len(raw), width))


def table(cmap: bytes) -> Glyphs:
    """The table that a CMap writes out (Adobe technical note 5411)."""
    letters: dict[bytes, str] = {}
    for block in _blocks(cmap, b"bfchar"):
        for code, text in _PAIR.findall(block):
            letters[_bytes(code)] = _bytes(text).decode("utf-16-be", "replace")
    for block in _blocks(cmap, b"bfrange"):
        for first, last, start, each in _RANGE.findall(block):
            width, begin, end = (max(len(first), len(last)) + 1) // 2, int(first, 16), int(last, 16)
            texts = [_bytes(t).decode("utf-16-be", "replace") for t in re.findall(rb"<([0-9A-Fa-f\s]*)>", each)]
            base = _bytes(start).decode("utf-16-be", "replace")
            for number in range(min(end - begin + 1, _MOST)):
                text = texts[number] if number < len(texts) else base[:-1] + _next(base[-1:], number)
                letters[(begin + number).to_bytes(width, "big")] = text
    return Glyphs(letters)


@dataclass
class Fonts:
    """What pages call fonts by, and what those fonts' codes mean."""

    named: dict[bytes, list[Glyphs]]
    """More than one where different pages mean different fonts."""
    mute: set[bytes]
    """Fonts whose codes nobody says the meaning of."""


def fonts(objects: Mapping[int, bytes], streams: Mapping[int, bytes]) -> Fonts:
    """The fonts of a PDF: from its objects (dictionaries) and its streams, by number."""
    tables = {number: table for number, about in objects.items() if (table := _table_of(about, objects, streams))}
    silent = {number for number, about in objects.items() if number not in tables and _is_silent(about)}
    found = Fonts({}, set())
    for about in objects.values():
        for name, reference in _RESOURCE.findall(about):
            number = int(reference)
            if number in silent:
                found.mute.add(name)
            elif number in tables and tables[number] not in found.named.setdefault(name, []):
                found.named[name].append(tables[number])
    return found


def objects_in(outside: bytes) -> dict[int, bytes]:
    """The dictionaries that stand in a PDF as they are."""
    found: dict[int, bytes] = {}
    for each in outside.split(b"endobj"):
        for begun in _OBJECT.finditer(each):
            found[int(begun[1])] = each[begun.end() :][:_LONGEST]
    return found


def packed_objects(about: bytes, content: bytes) -> dict[int, bytes]:
    """The dictionaries that a stream of objects holds."""
    first = re.search(rb"/First\s+(\d{1,9})", about)
    if b"/ObjStm" not in about or first is None:
        return {}
    start = int(first[1])
    numbers = [int(each) for each in content[:start].split() if each.isdigit() and len(each) < 10]
    places = [*numbers[1::2], len(content) - start]
    return {
        number: content[start + place : start + places[order + 1]]
        for order, (number, place) in enumerate(zip(numbers[::2], numbers[1::2], strict=False))
    }


def _table_of(about: bytes, objects: Mapping[int, bytes], streams: Mapping[int, bytes]) -> Glyphs | None:
    if said := _TO_UNICODE.search(about):
        return table(streams[int(said[1])]) if int(said[1]) in streams else None
    if b"/Font" not in about:
        return None
    encoding = re.search(rb"/Encoding\s+(\d{1,9})\s+\d+\s+R", about)
    where = objects.get(int(encoding[1]), b"") if encoding else about
    differences = re.search(rb"/Differences\s*\[([^\]]*)\]", where)
    return _differing(differences[1]) if differences else None


def _differing(said: bytes) -> Glyphs:
    """A font of single bytes, some of which mean another letter than usual: by the letters' names."""
    letters = {bytes([code]): bytes([code]).decode("latin-1") for code in range(256)}
    code = 0
    for each in re.findall(rb"/[^\s/\[\]]+|\d{1,5}", said):
        if each.startswith(b"/"):
            name = each[1:].decode("latin-1")
            letters[bytes([code & 255])] = name if len(name) == 1 else _CALLED.get(name, "")
            code += 1
        else:
            code = int(each)
    return Glyphs(letters)


def _is_silent(about: bytes) -> bool:
    if not re.search(rb"/Type\s*/Font\b", about):
        return False
    if re.search(rb"/Subtype\s*/Type0", about):
        return True
    return (
        bool(re.search(rb"/BaseFont\s*/[A-Z]{6}\+", about)) and b"/Encoding" not in about and b"/CIDFont" not in about
    )


def _blocks(cmap: bytes, kind: bytes) -> list[bytes]:
    return [each.partition(b"end" + kind)[0] for each in cmap.split(b"begin" + kind)[1:]]


def _next(letter: str, number: int) -> str:
    return chr(min(ord(letter) + number, 0x10FFFF)) if letter else ""


def _bytes(text: bytes) -> bytes:
    digits = re.sub(rb"\s", b"", text)
    return bytes.fromhex((b"0" * (len(digits) % 2) + digits).decode("ascii"))
