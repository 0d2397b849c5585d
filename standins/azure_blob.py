"""Azure Blob Storage, as far as a privacy request meets it: listing, reading and deleting, in Azure's XML.

State: standins/azure_blob_store.py. Control interface: standins/faults.py. Requests have to be signed
(standins/azure_blob_signing.py).

Known to differ: nothing can be written but by the control interface, and content comes in one piece or in the ranges
that are asked for, without checksums of its own.
"""

import base64
import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

from aiohttp import web

from standins.azure_blob_signing import authenticate
from standins.azure_blob_store import AzureError, Blob, Container, Store, place
from standins.faults import Faults, Handler, breakable

MOST = 5000
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
INCLUDES = {
    "snapshots",
    "metadata",
    "uncommittedblobs",
    "copy",
    "deleted",
    "tags",
    "versions",
    "deletedwithversions",
    "immutabilitypolicy",
    "legalhold",
}


class AzureFaults(Faults):
    """Failures as Azure tells them: too much is 503 there, and so is nothing else."""

    async def answer(self, kind: str) -> web.StreamResponse:
        """The broken answer of this kind."""
        match kind:
            case "rate_limit":
                return error("ServerBusy", 503, {"Retry-After": "1"})
            case "rate_limit_without_hint":
                return error("ServerBusy", 503)
            case "server_error":
                return error("InternalError", 500)
            case "unauthorised":
                return error("AuthenticationFailed", 403)
            case "forbidden":
                return error("AuthorizationPermissionMismatch", 403)
            case _:
                return await super().answer(kind)


class Service:
    """The vendor's routes over one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        try:
            authenticate(request, self.store.accounts)
            _, name, *key = _raw_path(request).split("/", 2)
            container = self.store.container(unquote(name))
            if not (key and key[0]):
                return self._list(request, unquote(name), container)
            return self._one(request, container, unquote(key[0]))
        except AzureError as refused:
            return error(refused.code, refused.status)

    def _one(self, request: web.Request, container: Container, key: str) -> web.Response:
        asked = dict(request.query)
        blob = container.find(key, asked.get("snapshot"), asked.get("versionid"))
        if request.headers.get("If-Match", blob.etag) != blob.etag:
            raise AzureError("ConditionNotMet", 412)
        match request.method:
            case "GET" if blob.archived:
                raise AzureError("BlobArchived", 409)
            case "GET":
                return _download(request, blob)
            case "HEAD":
                return web.Response(headers=_headers(blob) | {"Content-Length": str(len(blob.content))})
            case "DELETE":
                with_snapshots = request.headers.get("x-ms-delete-snapshots", "")
                self.store.delete(container, blob, asked, with_snapshots=with_snapshots)
                return web.Response(status=202, headers=_common())
        raise AzureError("UnsupportedHttpVerb", 405)

    def _list(self, request: web.Request, name: str, container: Container) -> web.Response:
        asked = request.query
        if request.method != "GET" or asked.get("restype") != "container" or asked.get("comp") != "list":
            raise AzureError("UnsupportedHttpVerb", 405)
        include = set(filter(None, asked.get("include", "").split(",")))
        if include - INCLUDES:
            raise AzureError("InvalidQueryParameterValue", 400)
        prefix, most = asked.get("prefix", ""), min(int(asked.get("maxresults", MOST)), MOST)
        after = _place(asked["marker"]) if asked.get("marker") else None
        rest = [each for each in container.listed(prefix, include) if after is None or place(each) > after]
        root = ET.Element("EnumerationResults", ServiceEndpoint=f"{request.url.origin()}/", ContainerName=name)
        _add(root, "Prefix", quote(prefix, safe="") if NOT_XML.search(prefix) else prefix)
        _add(root, "MaxResults", str(most))
        blobs = ET.SubElement(root, "Blobs")
        for each in rest[:most]:
            blobs.append(_entry(each, include))
        _add(root, "NextMarker", _marker(rest[most - 1]) if len(rest) > most else "")
        return _xml(root, 200, _common())


def app(state: dict[str, Any] | None = None) -> web.Application:
    """The stand-in, holding `state` (shape: standins/azure_blob_store.py)."""
    service = Service(Store.model_validate(state or {}))
    application = web.Application(client_max_size=256 << 20)

    def replace(wanted: dict[str, Any]) -> None:
        service.store = Store.model_validate(wanted)

    breakable(application, AzureFaults(), lambda: service.store.model_dump(mode="json"), replace)
    handler: Handler = service.handle
    application.router.add_route("*", "/{path:.*}", handler)
    return application


def error(code: str, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """Azure's error document, its code in a header too: HEAD has nothing else."""
    root = ET.Element("Error")
    _add(root, "Code", code)
    _add(root, "Message", f"{code}: the stand-in says so.")
    return _xml(root, status, _common() | {"x-ms-error-code": code, **(headers or {})})


def _entry(blob: Blob, include: set[str]) -> ET.Element:
    entry = ET.Element("Blob")
    name = _add(entry, "Name", quote(blob.name, safe="") if NOT_XML.search(blob.name) else blob.name)
    if NOT_XML.search(blob.name):
        name.set("Encoded", "true")
    if blob.soft:
        _add(entry, "Deleted", "true")
    if blob.snapshot:
        _add(entry, "Snapshot", blob.snapshot)
    if blob.version_id and "versions" in include:
        _add(entry, "VersionId", blob.version_id)
        if blob.current and not blob.soft:
            _add(entry, "IsCurrentVersion", "true")
    properties = ET.SubElement(entry, "Properties")
    for key, value in _properties(blob, include).items():
        _add(properties, key, value)
    if "metadata" in include and blob.metadata:
        metadata = ET.SubElement(entry, "Metadata")
        for key, value in blob.metadata.items():
            _add(metadata, key, value)
    if "tags" in include and blob.tags:
        tag_set = ET.SubElement(ET.SubElement(entry, "Tags"), "TagSet")
        for key, value in blob.tags.items():
            tag = ET.SubElement(tag_set, "Tag")
            _add(tag, "Key", key)
            _add(tag, "Value", value)
    return entry


def _properties(blob: Blob, include: set[str]) -> dict[str, str]:
    found = {
        "Creation-Time": _moment(blob.last_modified),
        "Last-Modified": _moment(blob.last_modified),
        "Etag": blob.etag.strip('"'),
        "Content-Length": str(len(blob.content)),
        "Content-Type": blob.content_type,
        "BlobType": "BlockBlob",
        "AccessTier": "Hot",
        "ServerEncrypted": "true",
    }
    if blob.tags:
        found["TagCount"] = str(len(blob.tags))
    if blob.deleted_until:
        left = blob.deleted_until - datetime.now(UTC)
        since = blob.deleted or datetime.now(UTC)
        found |= {"DeletedTime": _moment(since), "RemainingRetentionDays": str(left.days)}
    if blob.immutable_until and "immutabilitypolicy" in include:
        found["ImmutabilityPolicyUntilDate"] = _moment(blob.immutable_until)
        found["ImmutabilityPolicyMode"] = "unlocked"
    if blob.legal_hold and "legalhold" in include:
        found["LegalHold"] = "true"
    return found


def _headers(blob: Blob) -> dict[str, str]:
    found = {
        "Content-Type": blob.content_type,
        "Last-Modified": _moment(blob.last_modified),
        "ETag": blob.etag,
        "Accept-Ranges": "bytes",
        "x-ms-creation-time": _moment(blob.last_modified),
        "x-ms-blob-type": "BlockBlob",
        **{f"x-ms-meta-{key}": value for key, value in blob.metadata.items()},
    }
    if blob.version_id:
        found["x-ms-version-id"] = blob.version_id
    if blob.version_id and blob.current:
        found["x-ms-is-current-version"] = "true"
    if blob.legal_hold:
        found["x-ms-legal-hold"] = "true"
    if blob.immutable_until:
        found["x-ms-immutability-policy-until-date"] = _moment(blob.immutable_until)
        found["x-ms-immutability-policy-mode"] = "unlocked"
    return _common() | found


def _download(request: web.Request, blob: Blob) -> web.Response:
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("x-ms-range", ""))
    if asked is None:
        return web.Response(body=blob.content, headers=_headers(blob))
    start, end = int(asked[1]), int(asked[2] or len(blob.content)) + 1
    piece = blob.content[start:end]
    if not piece:
        raise AzureError("InvalidRange", 416)
    headers = _headers(blob) | {"Content-Range": f"bytes {start}-{start + len(piece) - 1}/{len(blob.content)}"}
    return web.Response(status=206, body=piece, headers=headers)


def _common() -> dict[str, str]:
    return {"x-ms-request-id": str(uuid.uuid4()), "x-ms-version": "2026-06-06"}


def _xml(root: ET.Element, status: int, headers: Mapping[str, str]) -> web.Response:
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return web.Response(body=body, status=status, headers=headers, content_type="application/xml")


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = text
    return element


def _moment(when: datetime) -> str:
    return format_datetime(when.astimezone(UTC), usegmt=True)


def _marker(blob: Blob) -> str:
    name, *others = place(blob)
    return base64.urlsafe_b64encode(json.dumps([name.decode(), *others]).encode()).decode()


def _place(marker: str) -> tuple[bytes, bool, str, str]:
    name, own, snapshot, version_id = json.loads(base64.urlsafe_b64decode(marker))
    return name.encode(), own, snapshot, version_id


def _raw_path(request: web.Request) -> str:
    """The path below where the stand-in is mounted, still encoded: a name may hold an encoded slash."""
    resource = request.match_info.route.resource
    mounted = resource.canonical.removesuffix("/{path}") if resource else ""
    return request.raw_path.partition("?")[0].removeprefix(mounted)
