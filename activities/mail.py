"""Letters leave through SMTP, one connection kept open, each with a Message-ID that a repeat would repeat."""

import asyncio
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import urlsplit

import aiosmtplib

from connectors.connector import TryLater


class Mail(Protocol):
    """The way out for letters."""

    async def send(self, to: str, subject: str, text: str, message_id: str, *, html: str = "") -> None:
        """Send one letter: `text` as RFC 3676 `format=flowed`, and the same as HTML.

        Raises:
            TryLater: the mail server cannot take it now.
        """


class SmtpMail:
    """A mail server at `smtp://[user:password@]host:port` or `smtps://...`, STARTTLS whenever it is offered."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._sender = sender
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
        message["Message-ID"] = f"<{message_id}@{self._sender.rpartition('@')[2]}>"
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
                raise TryLater(f"the mail server did not take a letter: {type(error).__name__}") from None

    async def close(self) -> None:
        """End the connection."""
        if self._smtp.is_connected:
            await self._smtp.quit()
