"""Letters leave through SMTP, one connection kept open, each with a Message-ID that a repeat would repeat."""

import asyncio
from email.message import EmailMessage
from email.utils import parseaddr
from functools import partial
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from connectors.connector import NeedsPerson, TryLater
from connectors.oauth import Token, Tokens, grant_in, is_loopback
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


WHOSE = "HABEAS_SMTP_SECRET"


class SmtpMail:
    """A mail server at `smtp://[user[:password]@]host:port` or `smtps://...`, STARTTLS whenever it is offered.

    `secret` is the password, if it is not in the address, or an OAuth credential as JSON (connectors/oauth.py): then
    we log in with an access token, by XOAUTH2, and never in clear.
    """

    def __init__(self, url: str, sender: str, secret: str = "") -> None:
        parts = urlsplit(url)
        grant = grant_in(secret)
        self._tokens = Tokens(grant, f"{WHOSE}'s credential") if grant else None
        self._token: Token | None = None
        self._sender = sender
        self._domain = parseaddr(sender)[1].rpartition("@")[2]
        self._turn = asyncio.Lock()
        self._smtp = aiosmtplib.SMTP(
            hostname=parts.hostname or "localhost",
            port=parts.port,
            username=unquote(parts.username) if parts.username else None,
            password=None if grant else secret or unquote(parts.password or "") or None,
            oauth_token_generator=partial(self._access, self._tokens) if self._tokens else None,
            use_tls=parts.scheme == "smtps",
            start_tls=True if grant and parts.scheme != "smtps" and not is_loopback(parts.hostname or "") else None,
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
                if isinstance(error, aiosmtplib.SMTPAuthenticationError) and self._tokens and self._token:
                    self._tokens.forget(self._token)
                    if self._token.is_new:
                        raise _told(self._tokens.refused("the mail server")) from None
                if refused := _refused(error):
                    raise refused from None
                raise TryLater(f"the mail server did not take a letter: {type(error).__name__}") from None
            except NeedsPerson as error:
                self._smtp.close()
                raise _told(error) from None

    async def close(self) -> None:
        """End the connection."""
        if self._smtp.is_connected:
            await self._smtp.quit()

    async def _access(self, tokens: Tokens) -> str:
        self._token = await tokens.token()
        return self._token.value


def _told(error: NeedsPerson) -> TryLater:
    """No letter is given up because nobody lets us in; what a person has to do stands where its step fails."""
    return TryLater(f"{error.why}. {error.instructions}")


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
