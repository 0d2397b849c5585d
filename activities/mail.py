"""Letters leave through SMTP, one connection kept open, each with a Message-ID that a repeat would repeat."""

import asyncio
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Protocol
from urllib.parse import urlsplit

import aiosmtplib

from connectors.connector import TryLater
from dsar.undelivered import STATUS, UNKNOWN

NO_SUCH_MAILBOX = frozenset({550, 551, 552, 553, 556})
"""What is said of a recipient for good, where no enhanced status says more (RFC 5321, 4.2.3; RFC 7504)."""


class Undeliverable(TryLater):
    """The mail server refuses a letter for good (5xx).

    Args:
        status: `5.1.1` (RFC 3463), or `UNKNOWN`.
        final: it is refused for its recipient's sake, and would be again. Else it may be our own settings, which
            somebody can mend: it is worth to try again.
    """

    def __init__(self, status: str, *, final: bool) -> None:
        super().__init__(f"the mail server refuses a letter: {status}")
        self.status = status
        self.final = final


class Mail(Protocol):
    """The way out for letters."""

    async def send(self, to: str, subject: str, text: str, message_id: str, *, html: str = "") -> None:
        """Send one letter: `text` as RFC 3676 `format=flowed`, and the same as HTML.

        Raises:
            TryLater: the mail server cannot take it now.
            Undeliverable: it will not take it.
        """


class SmtpMail:
    """A mail server at `smtp://[user:password@]host:port` or `smtps://...`, STARTTLS whenever it is offered."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._sender = sender
        self._domain = parseaddr(sender)[1].rpartition("@")[2]
        self._turn = asyncio.Lock()
        self._smtp = aiosmtplib.SMTP(
            hostname=parts.hostname or "localhost",
            port=parts.port,
            username=parts.username,
            password=parts.password,
            use_tls=parts.scheme == "smtps",
            timeout=30,
        )

    async def send(self, to: str, subject: str, text: str, message_id: str, *, html: str = "") -> None:
        """Send one letter; a connection that has gone stale is opened again, once."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = subject
        message["Message-ID"] = f"<{message_id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text, params={"format": "flowed"})
        if html:
            message.add_alternative(html, subtype="html")
        async with self._turn:
            try:
                if not self._smtp.is_connected:
                    await self._smtp.connect()
                await self._smtp.send_message(message)
            except (aiosmtplib.SMTPException, OSError) as error:
                self._smtp.close()
                if refused := _refused(error):
                    raise refused from None
                raise TryLater(f"the mail server did not take a letter: {type(error).__name__}") from None

    async def close(self) -> None:
        """End the connection."""
        if self._smtp.is_connected:
            await self._smtp.quit()


def _refused(error: Exception) -> Undeliverable | None:
    """What a refusal for good says; `None`: it is none. Of the server's words only the code is kept."""
    said = error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error
    if not isinstance(said, aiosmtplib.SMTPResponseException) or not 500 <= said.code <= 599:
        return None
    found = STATUS.match(said.message)
    status = found.group() if found and found.group().startswith("5") else UNKNOWN
    whose = isinstance(said, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    about = status.startswith(("5.1.", "5.2.", "5.6.")) if status != UNKNOWN else said.code in NO_SUCH_MAILBOX
    return Undeliverable(status, final=whose and about)
