"""What goes wrong, as RFC 9457 problem documents: one kind for each thing that a sender can do something about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel, Field

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of problem; its type is the relative URI `/problems/<slug>`, where a person can read of it."""

    slug: str
    status: int
    title: str
    advice: str
    """What to do, where the occurrence itself says no more."""


MALFORMED = Kind("malformed", 400, "The body cannot be read", "Send one JSON object, in UTF-8.")
INVALID = Kind("invalid", 422, "The body cannot be used as it stands", "Mend what `errors` names, and send it again.")
REUSED = Kind(
    "webhook-id-reused",
    422,
    "This webhook-id was used for something else",
    "A repeat must carry the same body to the same address; anything new needs a webhook-id of its own.",
)
REFUSED = Kind("refused", 422, "This request cannot be taken as it stands", "Change what the detail names.")
UNSIGNED = Kind(
    "unsigned",
    401,
    "The signature does not hold",
    "Sign `id.timestamp.body` with the shared secret as Standard Webhooks says, and send it within five minutes.",
)
UNAUTHORISED = Kind("unauthorised", 401, "A token is needed", "Send `Authorization: Bearer` and the codec's token.")
NOT_FOUND = Kind("not-found", 404, "There is nothing here", "`/openapi.json` lists what there is.")
NOT_ALLOWED = Kind("method-not-allowed", 405, "Not with this method", "The Allow header lists the methods.")
TOO_SLOW = Kind("too-slow", 408, "The body took too long", "Send it again.")
CONFLICT = Kind("conflict", 409, "Not possible as it stands now", "Look at the status of the request.")
TOO_LARGE = Kind("too-large", 413, "The body is too large", "Send less: a request fits into 64 KiB.")
UNSUPPORTED = Kind(
    "unsupported-media-type", 415, "The body is of another type", "Send `application/json`, not compressed."
)
UNUSABLE = Kind("unusable", 400, "This cannot be answered", "Check the request against `/openapi.json`.")
BROKEN = Kind("internal", 500, "Something is broken here", "Nothing is promised. Try it again later; it is in our log.")
UNAVAILABLE = Kind(
    "unavailable",
    503,
    "This cannot be done at the moment",
    "Nothing was kept and nothing is promised. Try the same again in a minute.",
)
ENGINE_DOWN = Kind(
    "engine-down",
    503,
    "This needs the engine, which does not answer now",
    "The request itself is kept. Try this again in a minute.",
)

KINDS: Mapping[str, Kind] = {
    kind.slug: kind
    for kind in (
        MALFORMED, INVALID, REUSED, REFUSED, UNSIGNED, UNAUTHORISED, NOT_FOUND, NOT_ALLOWED, TOO_SLOW, CONFLICT,
        TOO_LARGE, UNSUPPORTED, UNUSABLE, BROKEN, UNAVAILABLE, ENGINE_DOWN,
    )
}  # fmt: skip

RETRY_AFTER_SECONDS = 60


class Mistake(BaseModel):
    """One thing in a body that has to be mended. Says where and what, never what was sent."""

    pointer: str = Field(description="A JSON pointer into the body, as a URI fragment (RFC 6901): `#/person/email`.")
    detail: str


class ProblemDocument(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What to do.")
    errors: list[Mistake] | None = None


class Problem(Exception):
    """Answered as a problem document. No part of it holds personal data, or anything else that was sent."""

    def __init__(
        self,
        kind: Kind,
        detail: str | None = None,
        mistakes: Sequence[Mistake] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind.title)
        self.kind = kind
        self.detail = detail or kind.advice
        self.mistakes = tuple(mistakes)
        self.headers = dict(headers or {})
        if kind.status == web.HTTPServiceUnavailable.status_code:
            self.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))


def document(problem: Problem) -> web.Response:
    """The answer to a program."""
    content = ProblemDocument(
        type=f"/problems/{problem.kind.slug}",
        title=problem.kind.title,
        status=problem.kind.status,
        detail=problem.detail,
        errors=list(problem.mistakes) or None,
    )
    return web.Response(
        status=problem.kind.status,
        text=content.model_dump_json(exclude_none=True),
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )
