"""What Google's interfaces share: a service account's token, and what a refusal means."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from google.auth import crypt, jwt
from pydantic import BaseModel, ConfigDict, SecretStr
from yarl import URL

from connectors.connector import NeedsPerson
from connectors.http import Answer, Http

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_LIFE = timedelta(hours=1)
EARLY = timedelta(minutes=2)
"""A token this close to its end is renewed: the request that carries it has to arrive in time."""

PASSING = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "quotaExceeded",
        "dailyLimitExceeded",
        "sharingRateLimitExceeded",
        "jobRateLimitExceeded",
        "backendError",
        "jobBackendError",
        "internalError",
        "jobInternalError",
        "RATE_LIMIT_EXCEEDED",
        "RESOURCE_EXHAUSTED",
    }
)
"""Reasons in an error that only mean "not now" (cloud.google.com/bigquery/docs/error-messages)."""
PASSING_WORDS = ("streaming buffer", "concurrent update")
"""BigQuery says these as plain `invalidQuery`: rows too fresh to be deleted, and another statement on the table."""


def busy(answer: Answer) -> bool:
    """Whether a refusal, 403 and 400 among them, only means "not now"."""
    try:
        error = json.loads(answer.body)["error"]
        reasons = {error.get("status"), *(item.get("reason") for item in error.get("errors", []))}
        words = str(error.get("message", "")).lower()
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(reasons & PASSING) or any(passing in words for passing in PASSING_WORDS)


class Incoming(BaseModel):
    """A part of an answer, or of a key file. Its errors never repeat what was in it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class ServiceAccount(Incoming):
    """The parts of a service account's key file that signing needs."""

    client_email: str
    private_key: str
    private_key_id: str


class _Token(Incoming):
    access_token: str
    expires_in: int


class ServiceAccountToken:
    """An access token for a service account, renewed before its end (RFC 7523; Google: OAuth 2.0 for servers).

    `subject`: the account that it acts for, where the domain's administrator has delegated that.
    """

    def __init__(
        self,
        http: Http,
        secret: SecretStr,
        token_url: str,
        scopes: Sequence[str],
        clock: Callable[[], datetime],
        subject: str | None = None,
    ) -> None:
        self._http = http
        self._secret = secret
        self._url = URL(token_url)
        self._scope = " ".join(scopes)
        self._clock = clock
        self._subject = {"sub": subject} if subject else {}
        self._lock = asyncio.Lock()
        self._header: dict[str, str] = {}
        self._until = clock()

    async def header(self) -> Mapping[str, str]:
        """The Authorization header. Raises `NeedsPerson` when the key file is no good or Google refuses it."""
        async with self._lock:
            if not self._header or self._clock() >= self._until - EARLY:
                await self._renew()
        return self._header

    def forget(self) -> None:
        """Ask for a new token next time: the one at hand was refused."""
        self._header = {}

    async def _renew(self) -> None:
        now = self._clock()
        answer = await self._http.request(
            "POST",
            self._url.path,
            base_url=str(self._url.origin()),
            data={"grant_type": GRANT, "assertion": self._assertion(now)},
            ok=frozenset({200, 400, 401}),
        )
        if answer.status != 200:
            raise NeedsPerson(f"{answer.path} refused the service account ({answer.status})", _NEW_KEY)
        token = answer.read(_Token)
        self._header = {"Authorization": f"Bearer {token.access_token}"}
        self._until = now + timedelta(seconds=token.expires_in)

    def _assertion(self, now: datetime) -> str:
        try:
            account = ServiceAccount.model_validate_json(self._secret.get_secret_value())
            signer = crypt.RSASigner.from_string(account.private_key, account.private_key_id)  # type: ignore[no-untyped-call]
        except ValueError:
            raise NeedsPerson("the secret is not a service account's key file", _NEW_KEY) from None
        claims = {
            "iss": account.client_email,
            "scope": self._scope,
            **self._subject,
            "aud": str(self._url),
            "iat": int(now.timestamp()),
            "exp": int((now + ASSERTION_LIFE).timestamp()),
        }
        assertion: bytes = jwt.encode(signer, claims)  # type: ignore[no-untyped-call]
        return assertion.decode()


_NEW_KEY = (
    "Create a new JSON key for the service account (Google Cloud console > IAM & Admin > Service Accounts > Keys), "
    "put it where systems.toml points, restart the worker, then retry."
)
