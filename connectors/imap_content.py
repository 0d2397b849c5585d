"""What a mail says, and the files in it."""

from collections.abc import Iterator
from email.message import Message
from email.parser import BytesFeedParser
from typing import Any

from connectors.imap_finding import Place
from connectors.imap_letter import Letter, decoded
from dsar.frozen import Frozen
from dsar.records import FileRef, Record

LONGEST_TEXT = 256 << 10
"""Bytes. A longer text is a file of its own."""
CHUNK = 1 << 20
WHOLE = -1
"""As a part's number: the mail as it is."""


class _Part(Frozen):
    """What `open` needs."""

    category: str
    state: dict[str, Any]
    part: int


def exported(place: Place, record: Record, message: Message | None) -> tuple[dict[str, Any], tuple[FileRef, ...]]:
    """What is known of a mail, and its files; `None` for one too long to be taken apart: then it is a file itself."""
    if message is None:
        return known(place) | {"text": "(see the file)"}, (_ref("message.eml", "message/rfc822", record, WHOLE),)
    text: list[str] = []
    files: list[FileRef] = []
    for number, part in enumerate(leaves(message)):
        if _is_text(part):
            text.append(_words(part))
        else:
            files.append(_ref(_name(part, number), part.get_content_type(), record, number))
    return known(place) | {"text": "\n".join(text)}, tuple(files)


def known(place: Place) -> dict[str, Any]:
    """A mail's head, as JSON."""
    letter = place.letter
    people = {
        field.lower().replace("-", "_"): list(letter.addresses(field))
        for field in ("From", "Reply-To", "To", "Cc", "Bcc")
        if letter.addresses(field)
    }
    return {**people, "subject": letter.subject, "date": letter.head.get("Date", ""), "received": _day(letter)}


def leaves(part: Message) -> Iterator[Message]:
    """The parts that hold something, in their order; a mail within a mail is one of them."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for each in part.get_payload():
            if isinstance(each, Message):
                yield from leaves(each)
    else:
        yield part


def chunks(message: Message, number: int) -> Iterator[bytes]:
    """One part's content, decoded."""
    content = _bytes(list(leaves(message))[number])
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


def parser() -> BytesFeedParser:
    """Takes a mail in pieces."""
    return BytesFeedParser()


def part_of(locator: str) -> tuple[Record, int]:
    """The mail, as a record, and the number of the part in it that a file's locator names."""
    found = _Part.model_validate_json(locator)
    return Record(id="", category=found.category, matched=frozenset(), state=found.state), found.part


def _ref(name: str, media_type: str, record: Record, number: int) -> FileRef:
    locator = _Part(category=record.category, state=record.state, part=number).model_dump_json()
    return FileRef(name=name, locator=locator, media_type=media_type)


def _is_text(part: Message) -> bool:
    plain = part.get_content_type() == "text/plain" and part.get_content_disposition() != "attachment"
    return plain and not part.get_filename() and len(_bytes(part)) <= LONGEST_TEXT


def _words(part: Message) -> str:
    content = _bytes(part)
    try:
        text = content.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _name(part: Message, number: int) -> str:
    given = part.get_filename()
    if given:
        return decoded(given)
    endings = {"text/html": "html", "text/plain": "txt", "message/rfc822": "eml"}
    return f"part-{number + 1}.{endings.get(part.get_content_type(), 'bin')}"


def _bytes(part: Message) -> bytes:
    """What a part holds. One that is made of parts (a mail within the mail) is given as it is written."""
    if part.is_multipart():
        return b"\n".join(each.as_bytes() for each in part.get_payload() if isinstance(each, Message))
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _day(letter: Letter) -> str:
    return letter.received.isoformat()
