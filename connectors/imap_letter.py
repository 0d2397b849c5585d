"""A mail's head as the server tells it: who is on it, when it came, and what tells it from others."""

import email.errors
import email.header
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import Message
from email.parser import HeaderParser
from email.utils import getaddresses
from hashlib import sha256
from typing import Any

from connectors.imap_config import Folder
from connectors.imap_wire import Line
from dsar.frozen import Frozen
from dsar.identity import Key, normalise

PEOPLE = ("From", "Sender", "Reply-To", "To", "Cc", "Bcc")
"""The fields that name whom a mail is from and to. What stands in its text names others, and is not searched."""
FIELDS = (*PEOPLE, "Subject", "Date", "Message-ID")
WANTED = f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({' '.join(FIELDS).upper()})])"

LONGEST_ADDRESS = 254

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_RECEIVED = re.compile(rb'\bINTERNALDATE "([^"]{20,40})"')
_BODY = re.compile(rb'BODY\[[^\]]*\](?:<\d+>)? (?:\{\d+\}|"((?:[^"\\]|\\.)*)"|NIL)', re.DOTALL)
_SAFE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]+")
_OUTSIDE = re.compile(r"[\s,;<>()\[\]\"\\\x00-\x1f\x7f]")


class Letter(Frozen):
    """A mail's head. Personal data."""

    uid: int
    size: int
    """RFC822.SIZE, bytes. Exchange only guesses it."""
    received: datetime
    """INTERNALDATE: when the server took it."""
    head: dict[str, str]
    """Fields as written, decoded; one that comes again is joined by a comma."""
    mark: str
    """A digest of these fields: it tells a mail from others, wherever it is moved."""

    def addresses(self, *fields: str) -> tuple[str, ...]:
        """The addresses in these fields, in the form in which they are compared; each once."""
        values = [self.head[field] for field in fields or PEOPLE if field in self.head]
        found = (canonical("".join(decoded(address).split())) for _, address in getaddresses(values))
        return tuple(dict.fromkeys(address for address in found if "@" in address))

    @property
    def subject(self) -> str:
        """In one line."""
        return " ".join(decoded(self.head.get("Subject", "")).split())


def letters(lines: Iterable[Line]) -> list[Letter]:
    """The mails that an answer to FETCH tells of, by rising number; what tells of anything else is passed over."""
    found = {letter.uid: letter for line in lines if (letter := _letter(line))}
    return [found[uid] for uid in sorted(found)]


def content(line: Line) -> tuple[int, bytes] | None:
    """The number of a mail, and the piece of it that an answer to FETCH brings; quoted where it is short."""
    uid, body = _UID.search(line.text), _BODY.search(line.text)
    if uid is None or body is None or b" FETCH " not in line.text:
        return None
    if line.literals:
        return int(uid[1]), line.literals[0]
    return int(uid[1]), re.sub(rb"\\(.)", rb"\1", body[1] or b"")


def canonical(address: str) -> str:
    """The form in which addresses are compared: as every identifier, and a domain's foreign letters as letters."""
    local, at, domain = normalise(Key.EMAIL, address).rpartition("@")
    if "xn--" in domain:
        try:
            domain = domain.encode("ascii").decode("idna")
        except UnicodeError:
            return f"{local}{at}{domain}"
    return f"{local}{at}{domain}"


def search_terms(address: str) -> tuple[str, ...]:
    """What to ask the server for: parts of every head that this address can stand in, in letters that need no charset.

    Servers disagree about charsets and encoded words. So an address of other letters is looked for by its domain, in
    both of its spellings, and compared when the heads are here. Nothing, where it is no address.
    """
    local, at, domain = canonical(address).rpartition("@")
    if not (local and at and domain) or len(address) > LONGEST_ADDRESS or _OUTSIDE.search(address.strip()):
        return ()
    if domain.isascii():
        terms = [f"{local}@{domain}" if _SAFE.fullmatch(local) else f"@{domain}"]
    else:
        terms = [f"@{_in_ascii(domain)}", max(re.findall(r"[A-Za-z0-9.-]+", domain), key=len, default="")]
    return tuple(term for term in terms if _SAFE.fullmatch(term))


def decoded(value: str) -> str:
    """A field with its encoded words (RFC 2047) read; as it stands where they cannot be."""
    if "=?" not in value:
        return value
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (LookupError, UnicodeError, ValueError, email.errors.HeaderParseError):
        return value


def fields(head: Message) -> dict[str, str]:
    """The fields that are read, unfolded."""
    every: dict[str, list[Any]] = {name: head.get_all(name, []) for name in FIELDS}
    return {name: ", ".join(" ".join(str(v).split()) for v in values) for name, values in every.items() if values}


def spot_name(folder: Folder, validity: int, uid: int) -> str:
    """A record's id. Folders are called after clients: of their name only a digest is in it."""
    return f"mail:{sha256(folder.name.encode()).hexdigest()[:16]}:{validity}:{uid}"


def _letter(line: Line) -> Letter | None:
    piece, rest = content(line), _BODY.sub(b"", line.text)
    size, received = _SIZE.search(rest), _RECEIVED.search(rest)
    if piece is None or size is None or received is None:
        return None
    uid, raw = piece
    head = fields(HeaderParser().parsestr(_text(raw), headersonly=True))
    alone = b"" if head.get("Message-ID") else size[1] + received[1]  # a form may write the same head again
    return Letter(
        uid=uid,
        size=int(size[1]),
        received=_moment(received[1].decode("ascii", "replace")),
        head=head,
        mark=sha256(b"\n".join(each.strip() for each in raw.split(b"\n")) + alone).hexdigest(),
    )


def _text(raw: bytes) -> str:
    """Heads are ASCII, or UTF-8 (RFC 6532), or were written against the rules."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _moment(text: str) -> datetime:
    """`17-Jul-1996 02:44:25 -0700`; a day before the tenth has a space in front."""
    return datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)


def _in_ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
