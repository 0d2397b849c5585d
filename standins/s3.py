"""A stand-in for S3, for what a real server can't be told to do: be slow, busy, broken, and refuse single keys.

It holds versions, delete markers, locks and tags (standins/s3_store.py has the shape of its state) and answers what
the S3 connector asks, path-style, with S3's XML. Control interface: standins/faults.py.

A request has to be signed (Signature Version 4) with a known access key. The signature itself is not computed
again: the tests against the real server (standins/seaweed.py) are proof that requests are signed as they should be.
"""

import base64
from collections.abc import Awaitable, Callable
from datetime import UTC
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from aiohttp import web

from standins import s3_uploads
from standins.faults import Faults, Handler, breakable
from standins.s3_store import Bucket, Retention, S3Error, Store, Stored
from standins.s3_xml import answer, error, moment, read

SUBRESOURCES = frozenset({"versions", "delete", "tagging", "legal-hold", "retention", "object-lock", "versioning"})
BESIDE = frozenset({"uploads", "uploadId", "replication"})
MOST = 1000


class S3Faults(Faults):
    """Failures as S3 tells them. It knows no 401: an unknown key is 403 too."""

    async def answer(self, kind: str) -> web.StreamResponse:
        """The broken answer of this kind."""
        match kind:
            case "rate_limit":
                return error("SlowDown", 503, "Please reduce your request rate.", {"Retry-After": "1"})
            case "rate_limit_without_hint":
                return error("SlowDown", 503, "Please reduce your request rate.")
            case "server_error":
                return error("InternalError", 500, "We encountered an internal error. Please try again.")
            case "unauthorised":
                return error("InvalidAccessKeyId", 403)
            case "not_implemented":
                return error("NotImplemented", 501, "A header or query you provided is not implemented.")
            case "forbidden":
                return error("AccessDenied", 403, "Access Denied")
            case _:
                return await super().answer(kind)


class Service:
    """The vendor's routes over one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, found by its method and the subresource in its query."""
        try:
            self._authenticate(request)
            _, name, *key = _raw_path(request).split("/", 2)
            asked = next((s for s in SUBRESOURCES | BESIDE if s in request.query), "")
            level = "object" if key and key[0] else "bucket"
            route = self._routes().get((level, request.method, asked), _not_played)
            return await route(request, unquote(name), unquote(key[0]) if key else "")
        except S3Error as refused:
            return error(refused.code, refused.status, refused.message, refused.headers)

    def _routes(self) -> dict[tuple[str, str, str], Callable[[web.Request, str, str], Awaitable[web.StreamResponse]]]:
        return {
            ("bucket", "PUT", ""): self._create,
            ("bucket", "PUT", "versioning"): self._set_versioning,
            ("bucket", "GET", "object-lock"): self._lock_configuration,
            ("bucket", "GET", "versions"): self._list,
            ("bucket", "POST", "delete"): self._delete_many,
            ("bucket", "GET", "uploads"): self._uploads,
            ("bucket", "GET", "replication"): self._replication,
            ("object", "POST", "uploads"): self._begin,
            ("object", "PUT", "uploadId"): self._part,
            ("object", "GET", "uploadId"): self._parts,
            ("object", "DELETE", "uploadId"): self._abort,
            ("object", "PUT", ""): self._put,
            ("object", "GET", ""): self._get,
            ("object", "HEAD", ""): self._get,
            ("object", "DELETE", ""): self._delete,
            ("object", "GET", "tagging"): self._tags,
            ("object", "PUT", "tagging"): self._set_tags,
            ("object", "DELETE", "tagging"): self._drop_tags,
            ("object", "PUT", "legal-hold"): self._hold,
            ("object", "PUT", "retention"): self._retain,
        }

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, rest = request.headers.get("Authorization", "").partition(" Credential=")
        if scheme != "AWS4-HMAC-SHA256" or "Signature=" not in rest:
            raise S3Error("AccessDenied", 403, "Access Denied")
        if rest.partition("/")[0] not in self.store.access_keys:
            raise S3Error("InvalidAccessKeyId", 403)

    async def _create(self, request: web.Request, name: str, _: str) -> web.Response:
        lock = request.headers.get("x-amz-bucket-object-lock-enabled", "").lower() == "true"
        self.store.buckets[name] = Bucket(object_lock=lock, versioning="Enabled" if lock else "")
        return web.Response(headers={"Location": f"/{name}"})

    async def _set_versioning(self, request: web.Request, name: str, _: str) -> web.Response:
        status = read(await request.read()).get("Status")
        if status != "Enabled":
            raise S3Error("NotImplemented", 501)
        self.store.bucket(name).versioning = "Enabled"
        return web.Response()

    async def _lock_configuration(self, request: web.Request, name: str, _: str) -> web.Response:
        if not self.store.bucket(name).object_lock:
            raise S3Error("ObjectLockConfigurationNotFoundError", 404)
        return answer("ObjectLockConfiguration", {"ObjectLockEnabled": "Enabled"})

    async def _list(self, request: web.Request, name: str, _: str) -> web.Response:
        query = request.query
        if "delimiter" in query:
            raise S3Error("NotImplemented", 501)
        coded = quote if query.get("encoding-type") == "url" else str
        most = min(int(query.get("max-keys", MOST)), MOST)
        prefix, key, version = query.get("prefix", ""), query.get("key-marker"), query.get("version-id-marker")
        bucket = self.store.bucket(name)
        rest = list(bucket.after(prefix, key or None, version or None))
        shown = rest[:most]
        truncated = len(rest) > len(shown)
        members = {
            "Name": name,
            "Prefix": coded(prefix),
            "KeyMarker": coded(key or ""),
            "VersionIdMarker": version or "",
            "NextKeyMarker": coded(shown[-1].key) if truncated else None,
            "NextVersionIdMarker": shown[-1].version_id if truncated else None,
            "MaxKeys": most,
            "EncodingType": query.get("encoding-type"),
            "IsTruncated": truncated,
            "Version": [self._entry(bucket, v, coded(v.key)) for v in shown if not v.marker],
            "DeleteMarker": [self._entry(bucket, v, coded(v.key)) for v in shown if v.marker],
        }
        return answer("ListVersionsResult", members)

    def _entry(self, bucket: Bucket, stored: Stored, key: str) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "Key": key,
            "VersionId": stored.version_id,
            "IsLatest": bucket.latest(stored.key) is stored,
            "LastModified": moment(stored.last_modified),
        }
        if not stored.marker:
            entry |= {"ETag": stored.etag, "Size": len(stored.content), "StorageClass": "STANDARD"}
        return entry | {"Owner": {"ID": "standin", "DisplayName": "standin"}}

    async def _put(self, request: web.Request, name: str, key: str) -> web.Response:
        bucket, content = self.store.bucket(name), await request.read()
        stored = Stored(
            key=key,
            content_type=request.headers.get("Content-Type", "binary/octet-stream"),
            metadata={h[11:].lower(): v for h, v in request.headers.items() if h.lower().startswith("x-amz-meta-")},
            tags=dict(parse_qsl(request.headers.get("x-amz-tagging", ""))),
            legal_hold=request.headers.get("x-amz-object-lock-legal-hold") == "ON",
            **_content(content),
        )
        if mode := request.headers.get("x-amz-object-lock-mode"):
            until = request.headers["x-amz-object-lock-retain-until-date"]
            stored.retention = Retention.model_validate({"mode": mode, "until": until})
        self.store.put(bucket, stored)
        return web.Response(headers={"ETag": stored.etag, **_version(bucket, stored)})

    async def _get(self, request: web.Request, name: str, key: str) -> web.Response:
        bucket = self.store.bucket(name)
        stored = bucket.object(key, request.query.get("versionId"))
        headers = {
            "ETag": stored.etag,
            "Content-Type": stored.content_type,
            "Last-Modified": format_datetime(stored.last_modified.astimezone(UTC), usegmt=True),
            "Accept-Ranges": "bytes",
            **_version(bucket, stored),
            **{f"x-amz-meta-{name}": value for name, value in stored.metadata.items()},
            **_locks(stored),
        }
        if stored.tags:
            headers["x-amz-tagging-count"] = str(len(stored.tags))
        return web.Response(body=stored.content, headers=headers)

    async def _delete(self, request: web.Request, name: str, key: str) -> web.Response:
        bucket = self.store.bucket(name)
        gone = self.store.delete(bucket, key, request.query.get("versionId"), bypass=_bypass(request))
        headers = {"x-amz-delete-marker": "true"} if gone is not None and gone.marker else {}
        return web.Response(status=204, headers=headers | (_version(bucket, gone) if gone else {}))

    async def _delete_many(self, request: web.Request, name: str, _: str) -> web.Response:
        bucket, order = self.store.bucket(name), read(await request.read())
        objects = order.get("Object", [])
        if not 0 < len(objects) <= MOST:
            raise S3Error("MalformedXML", 400)
        deleted, errors = [], []
        for each in objects:
            named = {"Key": each["Key"], "VersionId": each.get("VersionId")}
            try:
                gone = self.store.delete(bucket, each["Key"], each.get("VersionId"), bypass=_bypass(request))
            except S3Error as refused:
                errors.append({**named, "Code": refused.code, "Message": refused.message})
                continue
            marker = gone is not None and gone.marker
            deleted.append(
                {
                    **named,
                    **({"DeleteMarker": True, "DeleteMarkerVersionId": gone.version_id} if gone and marker else {}),
                }
            )
        quiet = order.get("Quiet") == "true"
        return answer("DeleteResult", {"Deleted": [] if quiet else deleted, "Error": errors})

    async def _tags(self, request: web.Request, name: str, key: str) -> web.Response:
        stored = self.store.bucket(name).object(key, request.query.get("versionId"))
        tags = [{"Key": key, "Value": value} for key, value in stored.tags.items()]
        return answer("Tagging", {"TagSet": {"Tag": tags}}, headers=_version(self.store.bucket(name), stored))

    async def _set_tags(self, request: web.Request, name: str, key: str) -> web.Response:
        stored = self.store.bucket(name).object(key, request.query.get("versionId"))
        wanted = [tag for tags in read(await request.read())["TagSet"] for tag in tags.get("Tag", [])]
        if len(wanted) > 10:
            raise S3Error("BadRequest", 400, "Object tags cannot be greater than 10")
        stored.tags = {tag["Key"]: tag["Value"] for tag in wanted}
        return web.Response(headers=_version(self.store.bucket(name), stored))

    async def _drop_tags(self, request: web.Request, name: str, key: str) -> web.Response:
        stored = self.store.bucket(name).object(key, request.query.get("versionId"))
        stored.tags = {}
        return web.Response(status=204, headers=_version(self.store.bucket(name), stored))

    async def _uploads(self, request: web.Request, name: str, _: str) -> web.Response:
        return s3_uploads.listed(self.store.bucket(name), name, request)

    async def _replication(self, request: web.Request, name: str, _: str) -> web.Response:
        return s3_uploads.replication(self.store.bucket(name))

    async def _begin(self, request: web.Request, name: str, key: str) -> web.Response:
        return s3_uploads.begin(self.store.bucket(name), name, key)

    async def _part(self, request: web.Request, name: str, key: str) -> web.Response:
        begun = self.store.bucket(name).begun(key, request.query["uploadId"])
        begun.parts[int(request.query["partNumber"])] = len(await request.read())
        return web.Response(headers={"ETag": '"part"'})

    async def _parts(self, request: web.Request, name: str, key: str) -> web.Response:
        return s3_uploads.parts(self.store.bucket(name).begun(key, request.query["uploadId"]), name, request)

    async def _abort(self, request: web.Request, name: str, key: str) -> web.Response:
        bucket = self.store.bucket(name)
        bucket.uploads.remove(bucket.begun(key, request.query["uploadId"]))
        return web.Response(status=204)

    async def _hold(self, request: web.Request, name: str, key: str) -> web.Response:
        stored = self._lockable(name).object(key, request.query.get("versionId"))
        stored.legal_hold = read(await request.read())["Status"] == "ON"
        return web.Response()

    async def _retain(self, request: web.Request, name: str, key: str) -> web.Response:
        stored = self._lockable(name).object(key, request.query.get("versionId"))
        wanted = read(await request.read())
        stored.retention = Retention.model_validate({"mode": wanted["Mode"], "until": wanted["RetainUntilDate"]})
        return web.Response()

    def _lockable(self, name: str) -> Bucket:
        bucket = self.store.bucket(name)
        if not bucket.object_lock:
            raise S3Error("InvalidRequest", 400, "Bucket is missing Object Lock Configuration")
        return bucket


def app(state: dict[str, Any] | None = None) -> web.Application:
    """The stand-in, holding `state` (shape: standins/s3_store.py)."""
    service = Service(Store.model_validate(state or {}))
    application = web.Application(client_max_size=1 << 30)

    def replace(wanted: dict[str, Any]) -> None:
        service.store = Store.model_validate(wanted)

    breakable(application, S3Faults(), lambda: service.store.model_dump(mode="json"), replace)
    handler: Handler = service.handle
    application.router.add_route("*", "/{path:.*}", handler)
    return application


def _raw_path(request: web.Request) -> str:
    """The path below where the stand-in is mounted, still encoded: a key may hold an encoded slash."""
    resource = request.match_info.route.resource
    mounted = resource.canonical.removesuffix("/{path}") if resource else ""
    return request.raw_path.partition("?")[0].removeprefix(mounted)


def _content(content: bytes) -> dict[str, str]:
    try:
        return {"body": content.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(content).decode()}


def _version(bucket: Bucket, stored: Stored) -> dict[str, str]:
    return {"x-amz-version-id": stored.version_id} if bucket.versioning else {}


def _locks(stored: Stored) -> dict[str, str]:
    headers = {"x-amz-object-lock-legal-hold": "ON"} if stored.legal_hold else {}
    if stored.retention:
        headers["x-amz-object-lock-mode"] = stored.retention.mode
        headers["x-amz-object-lock-retain-until-date"] = moment(stored.retention.until)
    return headers


def _bypass(request: web.Request) -> bool:
    return request.headers.get("x-amz-bypass-governance-retention", "").lower() == "true"


async def _not_played(request: web.Request, name: str, key: str) -> web.StreamResponse:
    raise S3Error("NotImplemented", 501)
