"""Reading a mail server's report about a letter of ours: which letter, and whether it arrived.

RFC 3461 to 3464, their international form (RFC 6533), and the reports of older servers that have only text and a copy
of the letter. Which letter is meant is told by the Message-ID in what was returned, never by what the report says in
words. Nobody has said that any of it is true.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from dsar.undelivered import STATUS, UNKNOWN

LETTER_ID = re.compile(r"<(request-[a-z2-7]{24}[.][^<>@\s]{1,80})@([^<>@\s]{1,253})>")
"""The Message-ID of a letter about a request."""

MAX_BLOCKS = 50
MAX_TEXT = 100_000
DELIVERY = "delivery-status"
STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED_PARTS = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"}
)

_DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon", "maildaemon")
_HEADER = re.compile(r"^(?:> ?)?message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{1,400}>)", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(r"^(action|status|diagnostic-code)[ \t]*:[ \t]*([^\r\n]{0,500})", re.IGNORECASE | re.MULTILINE)
_SMTP = re.compile(r"(?:\b[45]\d\d[ -]#?|#|\()([45]\.\d{1,3}\.\d{1,3})\b")


class Fate(StrEnum):
    """What a report says of a letter, the worst last."""

    ARRIVED = "arrived"
    """Delivered, or handed on to where nothing more is heard of it."""
    DELAYED = "delayed"
    """It is still being tried."""
    FAILED = "failed"
    """Nobody tries any more (RFC 3464, 2.3.3), whatever the code says of the last try."""


ACTIONS = {
    "failed": Fate.FAILED,
    "delayed": Fate.DELAYED,
    "delivered": Fate.ARRIVED,
    "relayed": Fate.ARRIVED,
    "expanded": Fate.ARRIVED,
}
CLASSES = {"2": Fate.ARRIVED, "4": Fate.DELAYED, "5": Fate.FAILED}


@dataclass(frozen=True)
class DeliveryReport:
    """What one says."""

    letter: str
    """The Message-ID of a letter of ours, without its domain: `request-....answer`."""
    fate: Fate
    status: str = UNKNOWN


def delivery_report(message: Message, leaves: Sequence[Message], sender: str, domain: str) -> DeliveryReport | None:
    """What a mail that bounced says of a letter of ours; `None`: nothing.

    Args:
        message: the mail.
        leaves: its parts that have none of their own, mails within it closed.
        sender: the address that it claims to come from, or nothing.
        domain: that of our letters.
    """
    says = message.get_param("report-type")
    if message.get_content_type() == "multipart/report" and str(says or DELIVERY).lower() != DELIVERY:
        return None  # of having been read (RFC 8098), or of abuse (RFC 5965)
    kinds = [part.get_content_type() for part in leaves]
    reports = [_text(part) for part, kind in zip(leaves, kinds, strict=True) if kind in STATUS_PARTS]
    returned = [_headers(part) for part, kind in zip(leaves, kinds, strict=True) if kind in RETURNED_PARTS]
    if not reports and sender and not sender.lower().startswith(_DAEMONS):
        return None  # an absence note may have no return path either
    words = [_text(part) for part, kind in zip(leaves, kinds, strict=True) if kind == "text/plain"]
    named = _named(returned or words, domain)
    if not named and reports and not returned:  # servers that return nothing name the letter that they answer
        named = _ids(f"{message.get('In-Reply-To', '')} {message.get('References', '')}"[:MAX_TEXT], domain)
    if not named:
        return None
    if reports:
        fate, status = _said("\n".join(reports))
    else:
        fate, status = Fate.FAILED, _in_words("\n".join(words))
    return DeliveryReport(named[0], fate, status)


def _said(fields: str) -> tuple[Fate, str]:
    """The worst that is said of any recipient, and the code beside it. What says neither is a failure."""
    found = [(fate, status) for block in _blocks(fields) if (fate := _fate(block)) for status in [_status(block)]]
    return max(found, key=lambda each: list(Fate).index(each[0]), default=(Fate.FAILED, UNKNOWN))


def _blocks(fields: str) -> Iterator[dict[str, str]]:
    """The fields of each recipient: a blank line is between them (RFC 3464, 2.1)."""
    for block in re.split(r"\n[ \t]*\r?\n", fields, maxsplit=MAX_BLOCKS)[:MAX_BLOCKS]:
        yield {name.lower(): value.strip() for name, value in _FIELD.findall(block)}


def _fate(block: dict[str, str]) -> Fate | None:
    words = block.get("action", "").lower().split()
    if words and words[0] in ACTIONS:
        return ACTIONS[words[0]]
    return CLASSES.get(_status(block)[0])


def _status(block: dict[str, str]) -> str:
    if found := STATUS.match(block.get("status", "")):
        return found.group()
    return _in_words(block.get("diagnostic-code", ""))


def _in_words(text: str) -> str:
    """The first code for good that is said, else the first for now."""
    codes = _SMTP.findall(text)
    return next((code for code in codes if code.startswith("5")), codes[0] if codes else UNKNOWN)


def _named(texts: Sequence[str], domain: str) -> list[str]:
    """The letters of ours whose headers stand there."""
    return [letter for text in texts for header in _HEADER.findall(text) for letter in _ids(header, domain)]


def _ids(text: str, domain: str) -> list[str]:
    return [letter for letter, of in LETTER_ID.findall(text) if of.lower() == domain.lower()]


def _headers(part: Message) -> str:
    """The headers of a letter that was returned: a mail within the mail, or the text of its headers alone."""
    return re.split(r"\n\r?\n", _text(part).lstrip(), maxsplit=1)[0]


def _text(part: Message) -> str:
    """The beginning of a part, as text. The fields of a report, and a letter's headers, are headers of parts in it."""
    within = part.get_payload()
    if isinstance(within, list):
        return "\n".join(_whole(each) for each in within[:MAX_BLOCKS] if isinstance(each, Message))[:MAX_TEXT]
    return _body(part)


def _whole(part: Message) -> str:
    return "".join(f"{name}: {value}\n" for name, value in part.items()) + "\n" + _body(part)


def _body(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content[:MAX_TEXT].decode("utf-8", "replace") if isinstance(content, bytes) else ""
