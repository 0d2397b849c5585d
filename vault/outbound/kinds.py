"""What a file is: by what is in it. Its name and its declared type are data from outside."""

import codecs
import re
from enum import Enum, auto

SAMPLE = 64 * 1024
"""Bytes at the beginning that decide."""


class Kind(Enum):
    """How a file is looked through."""

    TEXT = auto()
    JSON = auto()
    MARKUP = auto()
    LETTER = auto()
    LETTERS = auto()
    ZIP = auto()
    GZIP = auto()
    BZIP2 = auto()
    XZ = auto()
    PDF = auto()
    MEDIA = auto()
    """Pictures, sound, video, typefaces."""
    SEALED = auto()
    """Archives that we cannot open."""
    BINARY = auto()


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"\x1f\x8b", Kind.GZIP),
    (b"BZh", Kind.BZIP2),
    (b"\xfd7zXZ\0", Kind.XZ),
    (b"7z\xbc\xaf\x27\x1c", Kind.SEALED),
    (b"Rar!\x1a\x07", Kind.SEALED),
    (b"\x28\xb5\x2f\xfd", Kind.SEALED),
    (b"\x04\x22\x4d\x18", Kind.SEALED),
    (b"\x1f\x9d", Kind.SEALED),
    (b"LZIP", Kind.SEALED),
    (b"MSCF", Kind.SEALED),
    (b"\x89PNG\r\n\x1a\n", Kind.MEDIA),
    (b"\xff\xd8\xff", Kind.MEDIA),
    (b"GIF8", Kind.MEDIA),
    (b"RIFF", Kind.MEDIA),
    (b"II*\0", Kind.MEDIA),
    (b"MM\0*", Kind.MEDIA),
    (b"8BPS", Kind.MEDIA),
    (b"\0\0\1\0", Kind.MEDIA),
    (b"ID3", Kind.MEDIA),
    (b"\xff\xfb", Kind.MEDIA),
    (b"OggS", Kind.MEDIA),
    (b"fLaC", Kind.MEDIA),
    (b"\x1a\x45\xdf\xa3", Kind.MEDIA),
    (b"wOFF", Kind.MEDIA),
    (b"wOF2", Kind.MEDIA),
    (b"OTTO\0", Kind.MEDIA),
    (b"\0\1\0\0\0", Kind.MEDIA),
    (b"ttcf\0", Kind.MEDIA),
)
_PDF_WITHIN = 1024
_HEADER = re.compile(
    rb"^(?:from|to|cc|subject|date|received|message-id|mime-version|return-path|delivered-to|reply-to)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_FIELDS = re.compile(rb"(?:[!-9;-~]{1,100}:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}")
_MARKUP = re.compile(r"\s*<(?:\?xml|!doctype|!--|[A-Za-z][\w:.-]*[\s>/])", re.IGNORECASE)


def kind_of_file(sample: bytes) -> Kind:
    """What a file is that begins so (`SAMPLE` bytes, or all of it)."""
    if sample[4:8] == b"ftyp":
        return Kind.MEDIA
    for magic, kind in _MAGIC:
        if sample.startswith(magic):
            return kind
    if b"%PDF-" in sample[:_PDF_WITHIN]:
        return Kind.PDF
    encoding = encoding_of(sample)
    if encoding is None:
        return Kind.BINARY
    return _kind_of_text(sample, sample.decode(encoding, "replace"))


def _kind_of_text(sample: bytes, text: str) -> Kind:
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start in {"{", "["} and not text.lstrip().startswith("{\\rtf"):
        return Kind.JSON
    if _MARKUP.match(text.removeprefix("\ufeff")):
        return Kind.MARKUP
    plain = sample.replace(b"\r\n", b"\n").lstrip(b"\xef\xbb\xbf")
    if plain.startswith(b"From ") and _is_letter(plain.partition(b"\n")[2]):
        return Kind.LETTERS
    return Kind.LETTER if _is_letter(plain) else Kind.TEXT


def _is_letter(text: bytes) -> bool:
    fields = _FIELDS.match(text)
    return bool(fields) and len(set(map(bytes.lower, _HEADER.findall(fields[0] if fields else b"")))) > 1


def encoding_of(sample: bytes) -> str | None:
    """The encoding of a text that begins so, such that every byte survives there and back; `None`: it is no text."""
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if sample.startswith(mark):
            return None if name == "utf-32" else name
    if wide := _wide(sample):
        return wide
    if b"\0" in sample or _odd(sample) > len(sample) // 20:
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _wide(sample: bytes) -> str | None:
    """UTF-16 that does not say so: every second byte of its first letters is nothing."""
    start = sample[:512]
    even, odd = start[::2], start[1::2]
    if len(start) < 8:
        return None
    if odd.count(0) > 0.8 * len(odd) and even.count(0) == 0:
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.8 * len(even) and odd.count(0) == 0 else None


def _odd(sample: bytes) -> int:
    """Control characters that no text has."""
    return sum(sample.count(bytes([code])) for code in (*range(1, 7), *range(14, 27), 28, 29, 30, 31, 127))
