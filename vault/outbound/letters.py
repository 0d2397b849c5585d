"""Mail as it is kept, headers, bodies and attachments encoded: each is decoded, looked through, and put back."""

import base64
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import Header, decode_header, make_header
from email.message import Message
from email.policy import compat32

from vault.outbound.stages import Bomb, Look, Opener, Reason, Whole, Withheld

LARGEST = 24 * 1024**2
"""Bytes of a letter: servers take no larger ones."""
_IDS = frozenset({"message-id", "in-reply-to", "references", "content-id", "dkim-signature", "arc-seal"})
_NEXT = re.compile(rb"\r?\n\r?\n(?=From )")
_AS_THEY_ARE = frozenset({"7bit", "8bit", "binary", ""})


class Letter(Whole):
    """One letter."""

    def __init__(self, look: Look, opener: Opener) -> None:
        super().__init__(self._shown, LARGEST)
        self._look = look
        self._opener = opener

    def _shown(self, data: bytes) -> bytes:
        try:
            return self._put_back(data)
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            RecursionError,
            MessageError,
        ):  # what the parser stumbles over
            raise Withheld(Reason.DAMAGED) from None

    def _put_back(self, data: bytes) -> bytes:
        letter = message_from_bytes(data, policy=compat32)
        changed = False
        for number, part in enumerate(_parts(letter)):
            changed |= self._headers(part)
            if part.get_content_maintype() == "multipart" and part.is_multipart():
                part.preamble, part.epilogue = self._beside(part.preamble), self._beside(part.epilogue)
            elif not part.is_multipart():
                changed |= self._body(part, number)
        return letter.as_bytes(unixfrom=bool(letter.get_unixfrom())) if changed else data

    def _headers(self, part: Message) -> bool:
        given = [(name, str(value)) for name, value in part.items()]
        shown = [(name, value if name.lower() in _IDS else self._header(value)) for name, value in given]
        if shown == given:
            return False
        for name in {name.lower() for name, _ in given}:
            del part[name]
        for name, value in shown:
            part[name] = value
        return True

    def _header(self, value: str) -> str:
        try:
            said = str(make_header(decode_header(value)))
        except (HeaderParseError, LookupError, ValueError):
            said = value
        said = re.sub(r"\r?\n[ \t]*", " ", said)
        shown = self._look.screen.text(said)
        if shown == said:
            return value
        return shown if shown.isascii() else Header(shown.encode("utf-8", "replace").decode(), "utf-8").encode()

    def _beside(self, text: str | None) -> str | None:
        return self._look.screen.text(text) if text else text

    def _body(self, part: Message, number: int) -> bool:
        held = part.get_payload(decode=True)
        if not isinstance(held, bytes) or not held:
            return False
        shown = self._looked_through(held, number)
        if shown == held:
            return False
        encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
        del part["content-transfer-encoding"]
        if encoding in _AS_THEY_ARE and shown.isascii():
            part.set_payload(shown.decode("ascii"))
            part["Content-Transfer-Encoding"] = "7bit"
        else:
            part.set_payload(base64.encodebytes(shown).decode("ascii"))
            part["Content-Transfer-Encoding"] = "base64"
        return True

    def _looked_through(self, held: bytes, number: int) -> bytes:
        look = self._look.within(number)
        if not self._look.deciding and look.place in self._look.inner:
            return f"[withheld: {self._look.inner[look.place]}]\n".encode()
        try:
            stage = self._opener(look)
            return stage.feed(held) + stage.close()
        except Bomb:
            raise
        except Withheld as reason:
            self._look.inner[look.place] = reason.reason
            return b""


class Letters:
    """Many letters, one after the other (mbox)."""

    def __init__(self, look: Look, opener: Opener) -> None:
        self._look = look
        self._opener = opener
        self._held = b""
        self._looked = 1
        """So far no second letter begins."""
        self._number = 0

    def feed(self, data: bytes) -> bytes:
        """The next bytes in; each letter leaves when the next begins."""
        self._held += data
        shown = []
        while parted := _NEXT.search(self._held, self._looked):
            shown += [self._letter(self._held[: parted.start()]), parted[0]]
            self._held, self._looked = self._held[parted.end() :], 1
        self._looked = max(1, len(self._held) - 16)
        if len(self._held) > LARGEST:
            raise Withheld(Reason.TOO_LARGE)
        return b"".join(shown)

    def close(self) -> bytes:
        """The last one."""
        return self._letter(self._held)

    def _letter(self, data: bytes) -> bytes:
        letter = Letter(self._look.within(self._number), self._opener)
        self._number += 1
        return letter.feed(data) + letter.close()


def _parts(letter: Message) -> Iterator[Message]:
    """The letter and all its parts, letters in it too."""
    yield from letter.walk()
