"""What the sender wrote, apart from what the mail quotes, forwards, or is signed with."""

import re

LONGEST = 20_000
"""Characters that are looked at: a request is said sooner."""

_QUOTE_STARTS = re.compile(
    r"^(?:"
    r"on\b.{1,200}\bwrote:|am\b.{1,200}\bschrieb\b.{0,200}:|el\b.{1,200}\bescribi[oó]:|le\b.{1,200}\ba [ée]crit\s?:"
    r"|-{2,}\s?(?:original message|forwarded message|urspr(?:ü|ue)ngliche nachricht|mensaje original)\b.{0,40}"
    r"|begin forwarded message:"
    r"|_{10,}"
    r")\s*$",
    re.IGNORECASE,
)
_OUTLOOK = re.compile(r"^\*?(?:from|von|de)\s?:\*?\s", re.IGNORECASE)
_OUTLOOK_NEXT = re.compile(r"^\*?(?:sent|date|gesendet|datum|enviado|fecha|to|an|para|subject)\s?:", re.IGNORECASE)
_DEVICE = re.compile(r"^(?:sent from|get outlook for|gesendet von|von meinem|enviado desde)\b.{0,80}$", re.IGNORECASE)


def own_words(text: str) -> tuple[str, str]:
    """What the sender wrote, and what is quoted or forwarded; the signature is in neither."""
    own: list[str] = []
    quoted: list[str] = []
    lines = text[:LONGEST].splitlines()
    for number, line in enumerate(lines):
        if line.rstrip() in {"--", "—"} or line == "-- ":
            break
        if _starts_quote(lines, number):
            quoted += lines[number + 1 :]
            break
        if line.lstrip().startswith(">"):
            quoted.append(line.lstrip("> "))
        elif not _DEVICE.match(line.strip()):
            own.append(line)
    return "\n".join(own), "\n".join(line.lstrip("> ") for line in quoted)


def _starts_quote(lines: list[str], number: int) -> bool:
    line = lines[number].strip()[:500]
    following = lines[number + 1].strip()[:500] if number + 1 < len(lines) else ""
    if _QUOTE_STARTS.match(line) or (len(line) < 200 and _QUOTE_STARTS.match(f"{line} {following}")):
        return True
    return bool(
        _OUTLOOK.match(line) and any(_OUTLOOK_NEXT.match(each.strip()) for each in lines[number + 1 : number + 4])
    )
