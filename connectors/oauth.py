"""Access tokens by OAuth 2.0 (RFC 6749), for mail servers that take no passwords: Microsoft 365, Google Workspace.

The credential is JSON: an application that was given a refresh token for the mailbox, or that may act by itself
(client credentials). A token is kept in memory until shortly before its end; neither it nor the credential is ever in a
log or in an error.

Sources: learn.microsoft.com, "Authenticate an IMAP, POP or SMTP connection using OAuth"; developers.google.com, "Using
OAuth 2.0 to access Google APIs".
"""

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, model_validator

from connectors.connector import NeedsPerson, TryLater

EARLY_SECONDS = 120.0
"""A token this close to its end is renewed: the log-in that carries it has to arrive in time."""
UNSAID_SECONDS = 300
"""For how long a token is used whose end is not said."""
ANSWERS_WITHIN_SECONDS = 30
LONGEST_ANSWER = 1 << 16

PASSING = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_JSON = re.compile(r'\s*\{\s*["}]')
_CODE = re.compile(r"[a-z_]{1,40}")
_AT_MICROSOFT = re.compile(r"AADSTS\d{2,8}")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")


class Grant(BaseModel):
    """A credential: how an application gets its tokens. `client_secret` is empty for an application without one."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token_url: str
    """`https://login.microsoftonline.com/TENANT/oauth2/v2.0/token`, `https://oauth2.googleapis.com/token`."""
    client_id: str
    client_secret: SecretStr = SecretStr("")
    refresh_token: SecretStr = SecretStr("")
    """Empty: the application acts by itself."""
    scope: str = ""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        parts = urlsplit(self.token_url)
        if not parts.hostname or (parts.scheme != "https" and not is_loopback(parts.hostname)):
            raise ValueError("token_url is written as https://HOST/PATH")
        if not self.refresh_token.get_secret_value() and not self.client_secret.get_secret_value():
            raise ValueError("refresh_token is missing, or client_secret, where the application acts by itself")
        return self

    @property
    def form(self) -> dict[str, str]:
        """What the token endpoint is asked (RFC 6749, 4.4.2 and 6)."""
        refreshing, secret = self.refresh_token.get_secret_value(), self.client_secret.get_secret_value()
        form = {
            "grant_type": "refresh_token" if refreshing else "client_credentials",
            "client_id": self.client_id,
            "client_secret": secret,
            "refresh_token": refreshing,
            "scope": self.scope,
        }
        return {name: value for name, value in form.items() if value}


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    access_token: str
    expires_in: int = UNSAID_SECONDS
    refresh_token: SecretStr | None = None


@dataclass(frozen=True)
class Token:
    """An access token, and whether it was got just now."""

    value: str = field(repr=False)
    is_new: bool = False


def grant_in(secret: str) -> Grant | None:
    """The grant that a secret holds; `None`: it is a password.

    Raises:
        ValueError: it begins as JSON, and is no grant. Says why, and not what stands there.
    """
    if not _JSON.match(secret):
        return None
    try:
        return Grant.model_validate_json(secret)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg']}" for each in error.errors()]
        raise ValueError(f"the secret is JSON, and no OAuth credential: {'; '.join(wrong)}") from None


class Tokens:
    """The access token of one credential, renewed before its end.

    Args:
        grant: the credential.
        whose: where a person finds it: `the secret of [mailbox] in systems.toml`.
        clock: seconds that nobody sets.
    """

    def __init__(self, grant: Grant, whose: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._grant = grant
        self._whose = whose
        self._clock = clock
        self._turn = asyncio.Lock()
        self._value = ""
        self._until = 0.0

    async def token(self) -> Token:
        """One that will last for a log-in.

        Raises:
            TryLater: the token endpoint does not answer, or makes no sense.
            NeedsPerson: it gives us none; says which part of the credential is the reason.
        """
        async with self._turn:
            if self._value and self._clock() < self._until:
                return Token(self._value)
            await self._renew()
            return Token(self._value, is_new=True)

    def forget(self, token: Token) -> None:
        """Get another one next time: this one was refused."""
        if self._value == token.value:
            self._value = ""

    def refused(self, by: str) -> NeedsPerson:
        """What a person is told when even a new token is not taken."""
        return NeedsPerson(
            f"{by} refuses the access token of {self._whose}",
            f"The token endpoint gives a token, and the mail server does not take it. In {self._whose}, see that the "
            "scope is one for IMAP or SMTP, as it is used here, and that the user is the mailbox's address. At "
            "Microsoft an application that acts by itself also needs the right IMAP.AccessAsApp (for letters "
            "SMTP.SendAsApp) with an administrator's consent, and in Exchange a service principal with access to the "
            "mailbox; IMAP and authenticated SMTP have to be switched on for it. Then retry.",
        )

    async def _renew(self) -> None:
        self._value = ""
        asked = self._clock()
        status, body = await self._asked()
        if status != 200:
            raise self._meaning(status, body)
        try:
            answer = _Answer.model_validate_json(body)
        except ValidationError:
            raise TryLater(f"the token endpoint of {self._whose} answers with something that is no token") from None
        if not _TOKEN.fullmatch(answer.access_token):
            raise TryLater(f"the token endpoint of {self._whose} answers with something that is no token")
        if answer.refresh_token and self._grant.refresh_token.get_secret_value():  # Microsoft gives a new one each time
            self._grant = self._grant.model_copy(update={"refresh_token": answer.refresh_token})
        self._value = answer.access_token
        self._until = asked + max(answer.expires_in - EARLY_SECONDS, answer.expires_in / 2)

    async def _asked(self) -> tuple[int, bytes]:
        """Status and body. Redirects are not followed: a credential goes to its own address and nowhere else."""
        patience = aiohttp.ClientTimeout(total=ANSWERS_WITHIN_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=patience, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.post(self._grant.token_url, data=self._grant.form, allow_redirects=False) as response,
            ):
                return response.status, await response.content.read(LONGEST_ANSWER)
        except (TimeoutError, aiohttp.ClientError) as error:
            raise TryLater(f"the token endpoint of {self._whose} does not answer ({type(error).__name__})") from None

    def _meaning(self, status: int, body: bytes) -> Exception:
        code, detail = _refusal(body)
        said = f"the token endpoint of {self._whose} refuses ({' '.join(filter(None, (str(status), code, detail)))})"
        if status in {408, 429} or status >= 500 or code in PASSING or (status == 400 and not code):
            return TryLater(said)
        return NeedsPerson(said, f"{self._remedy(code)} Start what uses it anew, then retry.")

    def _remedy(self, code: str) -> str:
        match code:
            case "invalid_grant" if self._grant.refresh_token.get_secret_value():
                return (
                    f"The refresh_token in {self._whose} has expired or was revoked (at Microsoft after 90 days; at "
                    "Google by a new password, and after seven days where the application is still being tested). Sign "
                    "in as the mailbox once more, with the same application, and put the new refresh_token there."
                )
            case "invalid_client" | "unauthorized_client":
                return (
                    f"The client_id or client_secret in {self._whose} is wrong, or the secret has expired. Make a new "
                    "one (Microsoft Entra admin center > App registrations > Certificates & secrets; Google Cloud "
                    "console > Google Auth Platform > Clients) and put it there."
                )
            case "invalid_scope":
                return f"The scope in {self._whose} is none that this application may have: correct it."
            case _:
                return f"See whether token_url, client_id and scope in {self._whose} are right."


def _refusal(body: bytes) -> tuple[str, str]:
    """The error's code (RFC 6749, 5.2), and Microsoft's number; whatever else stands there is left out."""
    try:
        said = json.loads(body)
        code, detail = str(said.get("error", "")), str(said.get("error_description", ""))
    except (ValueError, AttributeError):
        return "", ""
    number = _AT_MICROSOFT.search(detail)
    return code if _CODE.fullmatch(code) else "", number[0] if number else ""


def is_loopback(host: str) -> bool:
    """Whether nothing that is sent there leaves this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
