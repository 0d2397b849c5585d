"""Standard Webhooks: who may hand in requests is who has a secret (standardwebhooks.com, version 1)."""

import hashlib
from collections.abc import Mapping, Sequence

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from web import problems
from web.problems import Problem

SCHEME = "StandardWebhooks"


class Signatures:
    """Checks signatures against every secret in use; several at once let a secret be changed without a gap.

    Args:
        secrets: `whsec_<base64>`. With none, nobody can sign, and everything is refused.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._webhooks = [Webhook(secret) for secret in secrets]

    def check(self, request: web.Request, body: bytes) -> str:
        """The webhook-id of a genuine message, at most five minutes old.

        Raises:
            Problem: it is not genuine. Does not say what is wrong with it.
        """
        if not any(_holds(webhook, request.headers, body) for webhook in self._webhooks):
            raise Problem(problems.UNSIGNED, headers={"WWW-Authenticate": SCHEME})
        return request.headers["webhook-id"]


def fingerprint(request: web.Request, body: bytes) -> bytes:
    """What a repeat must have in common with the first: the address and the body."""
    return hashlib.sha256(request.path.encode() + b"\0" + body).digest()


def _holds(webhook: Webhook, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library lets base64's and UTF-8's own errors through
        return False
    return True
