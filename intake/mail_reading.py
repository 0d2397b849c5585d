"""Reading a mail as a stranger sent it: every part of it may be malformed, and none is believed.

The structure is read by the standard library's parser, under its older policy: the newer one parses each header by a
grammar, raises on many that are malformed, and takes more than linear time for some. Headers are cut before they are
parsed. Attachments are counted, never decoded: they stay inside the sealed mail.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MissingHeaderBodySeparatorDefect
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from itertools import islice

from dsar.mail_rules import Mail, Marks

MAX_BYTES = 16 * 1024 * 1024
"""What is longer is read by a person, in the mailbox."""
MAX_LINES = 500_000
"""Each costs the parser memory, however short it is; the longest mail of ordinary lines has half as many."""
MAX_HEADER = 2_000
MAX_PARTS = 500
MAX_NESTING = 100
MAX_TEXT = 60_000
MAX_HTML = 200_000

REQUEST_ID = re.compile(r"<(request-[a-z2-7]{24})[.][^<>@\s]{1,80}@([^<>@\s]{1,253})>")
"""The Message-ID of our letters, as `<request-....kind@domain>`."""

_ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]\\]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}")
_CHARSETS = re.compile(
    r"utf-?8|us-ascii|ascii|iso-?8859-?\d{1,2}|latin-?1|windows-?125\d|cp125\d|koi8-[ru]|gb2312|gbk|gb18030|big5"
    r"|shift[_-]jis|euc-(?:jp|kr)|iso-2022-jp|utf-16(?:le|be)?",
    re.IGNORECASE,
)
"""Those that mail is written in: Python knows codecs that are none, or that take long."""
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_LIST_HEADERS = ("List-Id", "List-Unsubscribe", "List-Post")
_RESPONDERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder")


@dataclass(frozen=True)
class ParsedMail:
    """What is used of a mail. Personal data: it does not show itself."""

    mail: Mail = field(repr=False)
    answers: tuple[str, ...] = field(default=(), repr=False)
    """The requests of ours whose letters it answers, by their ids; nobody has said that it is true."""
    attachments: int = 0


@dataclass(frozen=True)
class Unreadable:
    """Nothing could be made of it. Says why, without a word of it."""

    why: str


class _Cut(Compat32):
    """Headers are cut to a length that any parser takes."""

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        """Keep the name, and the beginning of the value."""
        name, _, value = sourcelines[0].partition(":")
        whole = value.lstrip(" \t") + "".join(sourcelines[1:])
        return name[:100], whole[:MAX_HEADER].rstrip("\r\n")


def read_mail(raw: bytes, own_address: str, *, truncated: bool = False) -> ParsedMail | Unreadable:
    """Read a mail. Never raises, in time and memory that are bounded by its length.

    Args:
        raw: as the mail server keeps it.
        own_address: what our letters are sent from.
        truncated: it goes on behind the end of `raw`.
    """
    lower = raw[:MAX_BYTES].lower()
    if lower.count(b"boundary") + lower.count(b"message/rfc822") > MAX_NESTING:
        return Unreadable("more parts within parts than a mail has")
    if lower.count(b"\n") + lower.count(b"\r") > 2 * MAX_LINES:
        return Unreadable("more lines than a mail has")
    try:
        return _parsed(message_from_bytes(raw[:MAX_BYTES], policy=_Cut()), own_address, truncated=truncated)
    except Exception as error:  # noqa: BLE001 - the parser has many ways to fail, and none may stop the mailbox
        return Unreadable(f"its form cannot be read ({type(error).__name__})")


def _parsed(message: Message, own_address: str, *, truncated: bool) -> ParsedMail:
    plain, marked_up, attachments, more = _parts(message)
    text = "\n".join(plain) or _unmarked("\n".join(marked_up))
    sender = _sender(message)
    return ParsedMail(
        mail=Mail(
            subject=_header(message, "Subject")[:500],
            text=text[:MAX_TEXT],
            sender=sender,
            marks=_marks(message, sender, own_address),
            truncated=truncated or more or len(text) > MAX_TEXT,
            broken=_is_broken(message),
        ),
        answers=_answers(message, own_address),
        attachments=attachments,
    )


def _parts(message: Message) -> tuple[list[str], list[str], int, bool]:
    """Texts, texts as HTML, how many parts are neither, and whether there was more than is looked at."""
    plain: list[str] = []
    marked_up: list[str] = []
    attachments = 0
    for number, part in enumerate(_leaves(message)):
        if number >= MAX_PARTS:
            return plain, marked_up, attachments, True
        kind = part.get_content_type()
        attached = _raw(part, "Content-Disposition").lower().startswith("attachment")
        if attached or kind not in {"text/plain", "text/html"}:
            attachments += 1
        elif kind == "text/plain" and sum(map(len, plain)) < MAX_TEXT:
            plain.append(_text(part))
        elif kind == "text/html" and sum(map(len, marked_up)) < MAX_HTML:
            marked_up.append(_text(part))
    return plain, marked_up, attachments, False


def _is_broken(message: Message) -> bool:
    """Whether the headers of the mail, or of a part that is looked at, break off at a line that is none."""
    parts = (message, *islice(_leaves(message), MAX_PARTS))
    return any(isinstance(defect, MissingHeaderBodySeparatorDefect) for part in parts for defect in part.defects)


def _leaves(message: Message) -> Iterator[Message]:
    """Parts that have none of their own; what is attached as a mail is one part, and stays closed."""
    waiting: list[object] = [message]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, Message):
            continue
        within = part.get_payload() if part.get_content_maintype() == "multipart" else None
        if isinstance(within, list):
            waiting.extend(reversed(within))
        else:
            yield part


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return _decoded(content if isinstance(content, bytes) else b"", str(part.get_param("charset") or ""))


def _decoded(content: bytes, charset: str) -> str:
    """Text, whatever charset is claimed; what does not fit it is marked, not refused."""
    known = charset.strip().strip("\"'")
    for name in (known, "utf-8"):
        if _CHARSETS.fullmatch(name):
            try:
                return content.decode(name)
            except (UnicodeError, LookupError):
                continue
    return content.decode("utf-8", errors="replace")


def _unmarked(text: str) -> str:
    """HTML as the text that it shows, roughly: enough to judge by."""
    text = text[:MAX_HTML]
    for name in ("style", "script", "head"):
        text = _without(text, name)
    return html.unescape(_TAG.sub(" ", _BREAK.sub("\n", text)))


def _without(text: str, name: str) -> str:
    """Without an element's content; one that never ends takes the rest with it."""
    kept: list[str] = []
    lower = text.lower()
    position = 0
    while (start := lower.find(f"<{name}", position)) >= 0:
        kept.append(text[position:start])
        end = lower.find(f"</{name}", start)
        if end < 0:
            return "".join(kept)
        position = end
    return "".join((*kept, text[position:]))


def _sender(message: Message) -> str | None:
    """The one address in From; a name beside it is nobody's, and two addresses are none. Reply-To is not looked at."""
    values = message.get_all("From", [])
    if len(values) != 1:
        return None
    bare = re.sub(r'"(?:[^"\\]|\\.){0,500}"|\([^()]{0,500}\)', " ", str(values[0]))
    angles = re.findall(r"<([^<>]{0,400})>", bare)
    if len(angles) > 1 or (not angles and "," in bare):
        return None
    found = _ADDRESS.fullmatch((angles[0] if angles else bare).strip())
    address = found.group() if found else ""
    return address if 0 < len(address) <= 254 and address.isprintable() and address.isascii() else None


def _marks(message: Message, sender: str | None, own_address: str) -> Marks:
    kind = message.get_content_type()
    bounce = _raw(message, "Return-Path").strip() == "<>" or kind == "multipart/report"
    own_ids = REQUEST_ID.findall(_raw(message, "Message-ID"))
    return Marks(
        auto_submitted=_raw(message, "Auto-Submitted").partition(";")[0].strip().lower()[:50],
        precedence=_raw(message, "Precedence").strip().lower()[:50],
        list_mail=any(name in message for name in _LIST_HEADERS),
        auto_response=any(name in message for name in _RESPONDERS),
        bounce=bounce or (sender or "").lower().startswith(("mailer-daemon@", "postmaster@")),
        ours=(sender or "").lower() == own_address.lower() or any(_is_ours(d, own_address) for _, d in own_ids),
    )


def _answers(message: Message, own_address: str) -> tuple[str, ...]:
    said = f"{_raw(message, 'In-Reply-To')} {_raw(message, 'References')}"
    ids = [request_id for request_id, domain in REQUEST_ID.findall(said) if _is_ours(domain, own_address)]
    return tuple(dict.fromkeys(ids))[:5]


def _is_ours(domain: str, own_address: str) -> bool:
    return domain.lower() == own_address.rpartition("@")[2].lower()


def _header(message: Message, name: str) -> str:
    """A header on one line, its encoded words read as far as they can be."""
    raw = _raw(message, name)
    try:
        pieces = [
            part if isinstance(part, str) else _decoded(part, charset or "") for part, charset in decode_header(raw)
        ]
    except Exception:  # noqa: BLE001 - one that cannot be decoded is shown as it came
        pieces = [raw]
    return " ".join("".join(pieces).split())


def _raw(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:MAX_HEADER]
