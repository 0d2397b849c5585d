"""What a file is called inside a package. The name it had is data from outside: it decides nothing but how it reads."""

import re
import unicodedata

MAX_BYTES = 100
_KEPT = "-_.() "
_LETTER_DIGIT_MARK = "LNM"
_MAX_EXTENSION = 10


def safe_name(name: str, otherwise: str = "file") -> str:
    """A name for one path segment that every system can unpack; the extension survives shortening.

    Of a path, its last part. Letters, digits and accents of any script stay, and `-_.()` and spaces; everything else
    becomes `_`: colons, control and direction characters, slashes of other scripts. At most 100 bytes of UTF-8, no
    dot or space at either end, no two dots in a row. A name that nothing is left of becomes `otherwise`.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name).rstrip("/\\"))[-1]
    plain = re.sub(r"\.[. ]*", ".", "".join(_safe(char) for char in last)).strip(". ")
    stem, dot, extension = plain.rpartition(".")
    if not stem or len(extension.encode()) > _MAX_EXTENSION:
        stem, extension = stem + dot + extension, ""
    ending = f".{extension}" if extension else ""
    short = _cut(stem, MAX_BYTES - len(ending.encode())).strip(". ")
    return (short if short.strip("_") else otherwise) + ending


def _safe(char: str) -> str:
    return char if char in _KEPT or unicodedata.category(char)[0] in _LETTER_DIGIT_MARK else "_"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")
