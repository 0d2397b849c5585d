"""Google's door for service accounts: signed assertions in, access tokens out."""

import secrets
import time
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import exceptions, jwt

from standins.faults import Handler

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE = 3600


def service_account(token_url: str) -> dict[str, str]:
    """A key file as Google hands it out, with a fresh RSA key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "type": "service_account",
        "project_id": "standin",
        "private_key_id": secrets.token_hex(20),
        "private_key": pem.decode(),
        "client_email": "habeas@standin.iam.gserviceaccount.com",
        "client_id": "100000000000000000001",
        "token_uri": token_url,
    }


def public_key(account: dict[str, str]) -> str:
    """What a stand-in has to know of a key file: its public key (PEM)."""
    key = serialization.load_pem_private_key(account["private_key"].encode(), password=None)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


class GoogleError(Exception):
    """A refusal in Google's shape."""

    def __init__(self, code: int, status: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.body = body(code, status, reason, message)


@web.middleware
async def in_googles_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals as Google puts them."""
    try:
        return await handler(request)
    except GoogleError as refused:
        return web.json_response(refused.body, status=refused.code)


def body(code: int, status: str, reason: str, message: str) -> dict[str, Any]:
    """`{"error": {...}}`, with the parts of both of Google's generations."""
    errors = [{"message": message, "domain": "global", "reason": reason}]
    return {"error": {"code": code, "message": message, "errors": errors, "status": status}}


class Tokens:
    """The tokens given out, each for some scopes and an hour."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        """Public key (PEM) by the service account's address."""
        self._given: dict[str, tuple[set[str], float]] = {}

    async def grant(self, request: web.Request) -> web.Response:
        """POST /token."""
        form = await request.post()
        assertion = str(form.get("assertion", ""))
        if form.get("grant_type") != GRANT:
            return _refused("unsupported_grant_type", "Invalid grant_type")
        try:
            claims = self._claims(assertion, str(request.url))
        except (ValueError, KeyError, exceptions.GoogleAuthError):
            return _refused("invalid_grant", "Invalid JWT Signature.")
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._given[token] = (set(str(claims["scope"]).split()), time.monotonic() + LIFE)
        return web.json_response({"access_token": token, "expires_in": LIFE, "token_type": "Bearer"})

    def require(self, request: web.Request, scope: str) -> None:
        """Refuse a request that carries no good token, or one for something else."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        scopes, until = self._given.get(token, (set(), 0.0))
        if kind != "Bearer" or time.monotonic() >= until:
            raise GoogleError(401, "UNAUTHENTICATED", "authError", "Request had invalid authentication credentials.")
        if scope not in scopes:
            raise GoogleError(
                403, "PERMISSION_DENIED", "insufficientPermissions", "Request had insufficient authentication scopes."
            )

    def _claims(self, assertion: str, audience: str) -> dict[str, Any]:
        _, unverified, _, _ = jwt._unverified_decode(assertion)  # type: ignore[no-untyped-call]  # noqa: SLF001
        key = self.keys[unverified["iss"]]
        claims: dict[str, Any] = jwt.decode(assertion, certs=key, audience=audience)  # type: ignore[no-untyped-call]
        return claims


def _refused(error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=400)
