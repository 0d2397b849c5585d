"""Google Cloud Storage (JSON API v1) and the token endpoint, as far as a privacy request meets them.

Give its address as base_url, and `<address>/token` as token_url. State, all of it optional:

    {
      "service_accounts": {"<client_email>": "<public key, PEM>"},    who may ask; see standins/google_account.py
      "buckets": {"studio": {
         "versioning": true,
         "soft_delete_seconds": 604800,         null: the bucket never had a soft-delete policy
         "hard_delete_paused": false,
         "objects": [                           live, non-current and soft-deleted generations
           {"name": "clients/42/a.txt", "generation": "1769853600000001", "metageneration": 1, "body": "text",
            "body_base64": null, "content_type": "text/plain", "metadata": {"customer": "42"},
            "created": "2026-01-31T10:00:00Z", "temporary_hold": false, "event_based_hold": false,
            "retain_until": null, "retention_mode": null,       with a mode it is the object's own, else the bucket's
            "hard_delete": null, "lingers": false,              when set, it is soft-deleted until then, or longer
            "refuses": ""}]}}}                                  a reason for a 403 that no lock explains
    }

Known to differ: of a name, the newest generation counts as live; who deletes without a generation gets 501.
"""

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from standins.faults import Faults, breakable
from standins.google_account import GoogleError, Tokens, body, in_googles_words

SCOPE = "https://www.googleapis.com/auth/devstorage.full_control"
MOST = 1000
LIST = frozenset(
    {"versions", "softDeleted", "prefix", "maxResults", "pageToken", "projection", "startOffset", "fields"}
)
ONE = frozenset({"generation", "softDeleted", "alt", "projection", "ifGenerationMatch", "ifMetagenerationMatch"})


class _Held(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Stored(_Held):
    """One generation of one object."""

    name: str
    generation: str
    metageneration: int = 1
    body: str = ""
    body_base64: str | None = None
    content_type: str = "application/octet-stream"
    metadata: dict[str, str] = Field(default_factory=dict)
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
    temporary_hold: bool = False
    event_based_hold: bool = False
    retain_until: datetime | None = None
    retention_mode: str | None = None
    hard_delete: datetime | None = None
    lingers: bool = False
    refuses: str = ""

    @property
    def content(self) -> bytes:
        """The object's bytes."""
        return self.body.encode() if self.body_base64 is None else base64.b64decode(self.body_base64)

    @property
    def soft(self) -> bool:
        """Whether it is deleted, and could be restored."""
        return self.hard_delete is not None and (self.lingers or self.hard_delete > datetime.now(UTC))

    @property
    def over(self) -> bool:
        """Whether it is gone for good."""
        return self.hard_delete is not None and not self.soft

    def protected(self) -> GoogleError | None:
        """What stands in the way of its deletion."""
        if self.temporary_hold or self.event_based_hold:
            kind = "Temporary" if self.temporary_hold else "Event-Based"
            said = f"Object is under active {kind} hold and cannot be deleted, overwritten or archived."
            return GoogleError(403, "PERMISSION_DENIED", "objectUnderActiveHold", said)
        if self.retain_until and self.retain_until > datetime.now(UTC):
            said = "Object is subject to bucket's retention policy or object retention and cannot be deleted."
            return GoogleError(403, "PERMISSION_DENIED", "retentionPolicyNotMet", said)
        return GoogleError(403, "PERMISSION_DENIED", self.refuses, "Access denied.") if self.refuses else None


class Bucket(_Held):
    """A bucket and all that is in it."""

    versioning: bool = True
    soft_delete_seconds: int | None = None
    hard_delete_paused: bool = False
    objects: list[Stored] = Field(default_factory=list)

    def listed(self, *, versions: bool, soft: bool, prefix: str) -> list[Stored]:
        """In Google's order: names by their UTF-8 bytes, the oldest generation of each first."""
        found = [each for each in self.objects if not each.over and each.soft == soft and each.name.startswith(prefix)]
        found.sort(key=lambda each: (each.name.encode(), int(each.generation)))
        if versions or soft:
            return found
        return [
            each for each, after in zip(found, [*found[1:], None], strict=True) if not after or after.name != each.name
        ]

    def find(self, name: str, generation: str | None, *, soft: bool) -> Stored:
        """A generation by its number, or the live one. Raises what Google answers where there is none."""
        found = [each for each in self.listed(versions=True, soft=soft, prefix=name) if each.name == name]
        for each in reversed(found):
            if generation in {None, each.generation}:
                return each
        raise GoogleError(404, "NOT_FOUND", "notFound", "No such object")

    def delete(self, stored: Stored) -> None:
        """Delete a generation, softly where the policy says so."""
        if not self.soft_delete_seconds:
            self.objects.remove(stored)
        else:
            stored.hard_delete = datetime.now(UTC) + timedelta(seconds=self.soft_delete_seconds)


class Storage:
    """All that the stand-in holds."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.tokens = Tokens()
        self.replace(state)

    def replace(self, state: dict[str, Any]) -> None:
        """Take this state; tokens go on."""
        self.tokens.keys = state.get("service_accounts", {})
        self.buckets = {name: Bucket.model_validate(each) for name, each in state.get("buckets", {}).items()}

    def state(self) -> dict[str, Any]:
        """The state as it would be seeded."""
        buckets = {name: each.model_dump(mode="json") for name, each in self.buckets.items()}
        return {"service_accounts": self.tokens.keys, "buckets": buckets}

    async def bucket(self, request: web.Request) -> web.Response:
        """GET b/{bucket}."""
        held = self._bucket(request, frozenset({"projection", "fields"}))
        answer: dict[str, Any] = {"kind": "storage#bucket", "name": request.match_info["bucket"], "location": "US"}
        answer["versioning"] = {"enabled": held.versioning}
        if held.soft_delete_seconds is not None:
            policy: dict[str, Any] = {"retentionDurationSeconds": str(held.soft_delete_seconds)}
            if held.hard_delete_paused:
                policy["hardDeletePause"] = {"enabled": True}
            answer["softDeletePolicy"] = policy
        return web.json_response(answer)

    async def list(self, request: web.Request) -> web.Response:
        """GET b/{bucket}/o."""
        held, asked = self._bucket(request, LIST), request.query
        soft, versions = asked.get("softDeleted") == "true", asked.get("versions") == "true"
        if soft and versions:
            raise GoogleError(400, "INVALID_ARGUMENT", "invalid", "softDeleted and versions exclude each other")
        after = _place(asked["pageToken"]) if "pageToken" in asked else (asked.get("startOffset", "").encode(), -1)
        rest = [
            each
            for each in held.listed(versions=versions, soft=soft, prefix=asked.get("prefix", ""))
            if (each.name.encode(), int(each.generation)) > after
        ]
        most = min(int(asked.get("maxResults", MOST)), MOST)
        answer: dict[str, Any] = {"kind": "storage#objects"}
        if shown := rest[:most]:
            answer["items"] = [_resource(request.match_info["bucket"], each) for each in shown]
        if len(rest) > most:
            answer["nextPageToken"] = _token(shown[-1])
        return web.json_response(answer)

    async def get(self, request: web.Request) -> web.Response:
        """GET b/{bucket}/o/{object}: what is known of it, or with alt=media its content."""
        held, asked = self._bucket(request, ONE), request.query
        soft = asked.get("softDeleted") == "true"
        if soft and "generation" not in asked:
            raise GoogleError(400, "INVALID_ARGUMENT", "required", "generation is required for soft-deleted objects")
        stored = held.find(_name(request), asked.get("generation"), soft=soft)
        if asked.get("alt") == "media":
            return web.Response(body=stored.content, content_type=stored.content_type)
        return web.json_response(_resource(request.match_info["bucket"], stored))

    async def patch(self, request: web.Request) -> web.Response:
        """PATCH b/{bucket}/o/{object}: custom metadata; `null` takes a key away."""
        held, asked = self._bucket(request, ONE), await request.json()
        if asked.keys() - {"metadata"}:
            raise GoogleError(501, "UNIMPLEMENTED", "notImplemented", "Only metadata can be changed here")
        stored = held.find(_name(request), request.query.get("generation"), soft=False)
        if request.query.get("ifMetagenerationMatch") not in {None, str(stored.metageneration)}:
            said = "At least one of the pre-conditions you specified did not hold."
            raise GoogleError(412, "FAILED_PRECONDITION", "conditionNotMet", said)
        merged = {**stored.metadata, **asked["metadata"]}
        stored.metadata = {key: value for key, value in merged.items() if value is not None}
        stored.metageneration += 1
        return web.json_response(_resource(request.match_info["bucket"], stored))

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE b/{bucket}/o/{object}?generation=."""
        held, asked = self._bucket(request, ONE), request.query
        if "generation" not in asked:
            raise GoogleError(501, "UNIMPLEMENTED", "notImplemented", "Only single generations can be deleted here")
        stored = held.find(_name(request), asked["generation"], soft=False)
        if asked.get("ifGenerationMatch", stored.generation) != stored.generation:
            raise GoogleError(412, "FAILED_PRECONDITION", "conditionNotMet", "Precondition Failed")
        if refused := stored.protected():
            raise refused
        held.delete(stored)
        return web.Response(status=204)

    def _bucket(self, request: web.Request, known: frozenset[str]) -> Bucket:
        self.tokens.require(request, SCOPE)
        if request.query.keys() - known:
            raise GoogleError(400, "INVALID_ARGUMENT", "invalidParameter", "Unknown query parameter")
        try:
            return self.buckets[request.match_info["bucket"]]
        except KeyError:
            raise GoogleError(404, "NOT_FOUND", "notFound", "The specified bucket does not exist.") from None


def _name(request: web.Request) -> str:
    return request.match_info["object"]


def _token(stored: Stored) -> str:
    return base64.urlsafe_b64encode(json.dumps([stored.name, stored.generation]).encode()).decode()


def _place(token: str) -> tuple[bytes, int]:
    try:
        name, generation = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error):
        raise GoogleError(400, "INVALID_ARGUMENT", "invalid", "Invalid page token") from None
    return name.encode(), int(generation)


def _resource(bucket: str, stored: Stored) -> dict[str, Any]:
    """The object resource: what is not so is left out."""
    digest = md5(stored.content, usedforsecurity=False).digest()
    resource: dict[str, Any] = {
        "kind": "storage#object",
        "id": f"{bucket}/{stored.name}/{stored.generation}",
        "bucket": bucket,
        "name": stored.name,
        "generation": stored.generation,
        "metageneration": str(stored.metageneration),
        "contentType": stored.content_type,
        "size": str(len(stored.content)),
        "md5Hash": base64.b64encode(digest).decode(),
        "storageClass": "STANDARD",
        "timeCreated": _moment(stored.created),
        "updated": _moment(stored.created),
    }
    optional = {
        "metadata": stored.metadata,
        "temporaryHold": stored.temporary_hold,
        "eventBasedHold": stored.event_based_hold,
        "retentionExpirationTime": stored.retain_until and not stored.event_based_hold and _moment(stored.retain_until),
        "retention": stored.retention_mode
        and stored.retain_until
        and {"mode": stored.retention_mode, "retainUntilTime": _moment(stored.retain_until)},
        "hardDeleteTime": stored.hard_delete and _moment(stored.hard_delete),
    }
    return resource | {name: value for name, value in optional.items() if value}


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


FAULTS: dict[str, tuple[int, dict[str, str], Any]] = {
    "rate_limit": (
        429,
        {"Retry-After": "1"},
        body(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", "The rate of requests exceeds what is allowed."),
    ),
    "rate_limit_without_hint": (
        429,
        {},
        body(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", "The object exceeded the rate limit for mutations."),
    ),
    "server_error": (503, {}, body(503, "UNAVAILABLE", "backendError", "Backend Error")),
    "unauthorised": (401, {}, body(401, "UNAUTHENTICATED", "authError", "Invalid Credentials")),
    "forbidden": (403, {}, body(403, "PERMISSION_DENIED", "forbidden", "The caller lacks storage.objects.list.")),
}


def app(state: dict[str, Any] | None = None) -> web.Application:
    """The stand-in; `state` as above."""
    storage = Storage(state or {})
    application = web.Application(middlewares=[in_googles_words], client_max_size=256 << 20)
    router = application.router
    router.add_post("/token", storage.tokens.grant)
    router.add_get("/storage/v1/b/{bucket}", storage.bucket)
    router.add_get("/storage/v1/b/{bucket}/o", storage.list)
    router.add_get("/storage/v1/b/{bucket}/o/{object:.+}", storage.get)
    router.add_patch("/storage/v1/b/{bucket}/o/{object:.+}", storage.patch)
    router.add_delete("/storage/v1/b/{bucket}/o/{object:.+}", storage.delete)
    breakable(application, Faults(bodies=FAULTS), storage.state, storage.replace)
    return application
