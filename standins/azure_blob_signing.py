"""Who may ask Azure: a signature with the account's key, computed again here, or a SAS token, looked at.

Source: learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key. Of a SAS only its form is checked: that
it is signed at all, has not expired, and permits what is asked.
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from aiohttp import web

from standins.azure_blob_store import AzureError

SIGNED = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
)
NEEDED = {"GET": "r", "HEAD": "r", "DELETE": "d"}


def authenticate(request: web.Request, accounts: Mapping[str, str]) -> None:
    """Raises what Azure answers to who may not."""
    if "x-ms-version" not in request.headers:
        raise AzureError("MissingRequiredHeader", 400)
    if "sig" in request.query:
        _look_at_sas(request)
        return
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    account, _, signature = rest.partition(":")
    if scheme != "SharedKey":
        raise AzureError("NoAuthenticationInformation", 401)
    if account not in accounts or not hmac.compare_digest(signature, _signature(request, account, accounts[account])):
        raise AzureError("AuthenticationFailed", 403)


def _signature(request: web.Request, account: str, key: str) -> str:
    headers = [request.headers.get(name, "") for name in SIGNED]
    headers = ["" if name == "Content-Length" and v == "0" else v for name, v in zip(SIGNED, headers, strict=True)]
    own = sorted((name.lower(), value) for name, value in request.headers.items() if name.lower().startswith("x-ms-"))
    asked = sorted((name.lower(), value) for name, value in request.query.items())
    path = request.raw_path.partition("?")[0]
    lines = [
        request.method,
        *headers,
        *(f"{name}:{value}" for name, value in own),
        f"/{account}{path}",
        *(f"{name}:{value}" for name, value in asked),
    ]
    digest = hmac.new(base64.b64decode(key), "\n".join(lines).encode(), sha256).digest()
    return base64.b64encode(digest).decode()


def _look_at_sas(request: web.Request) -> None:
    asked = request.query
    if not {"sv", "se", "sp", "sig"} <= asked.keys():
        raise AzureError("AuthenticationFailed", 403)
    if datetime.fromisoformat(asked["se"]) <= datetime.now(UTC):
        raise AzureError("AuthenticationFailed", 403)
    needed = "l" if asked.get("comp") == "list" else NEEDED.get(request.method, "w")
    if needed == "d" and "versionid" in asked:
        needed = "x"
    if needed not in asked["sp"]:
        raise AzureError("AuthorizationPermissionMismatch", 403)
