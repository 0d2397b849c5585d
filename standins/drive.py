"""Google Drive (v3) and the token endpoint, as far as a privacy request meets them.

Give its address as base_url, and `<address>/token` as token_url. State, all of it optional:

    {
      "service_accounts": {"<client_email>": "<public key, PEM>"},     who may ask; see standins/google_account.py
      "files": {"<id>": {
         "name": "brief.pdf", "mime": "application/pdf", "parents": ["root"], "created": "2026-01-31T10:00:00Z",
         "trashed": false,             by itself; a file in a folder that is trashed is so too
         "body": "text",               for Google's own documents what an export starts with
         "drive": null,                the shared drive that it is in
         "owner": "",                  "" is the account that asks; of another's it may neither delete nor trash
         "properties": {}, "managed": true,          false: a shared drive where our account is no manager
         "export_too_large": false,
         "permissions": [{"id": "0123", "email": "guest@example.com", "role": "reader", "inherited": false}]}},
      "drives": {"<id>": {"name": "Studio", "created": "...", "permissions": [...]}},   shared drives
      "incomplete": false                     searches say that they did not look everywhere
    }

As at Google: deleting a folder deletes all that is in it, whoever owns that; what is in a shared drive does not exist
for who does not say supportsAllDrives. Known to differ: file ids sort as they were made; no revisions, no comments.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from standins.drive_query import BadQueryError, compiled
from standins.faults import Faults, breakable
from standins.google_account import GoogleError, Tokens, body, in_googles_words

SCOPE = "https://www.googleapis.com/auth/drive"
FOLDER = "application/vnd.google-apps.folder"
GOOGLES = "application/vnd.google-apps."
MOST = 1000
ROLES = {"readers": {"reader", "commenter"}, "writers": {"writer", "fileOrganizer", "organizer"}, "owners": {"owner"}}


class _Held(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Permission(_Held):
    """Who may do what with a file."""

    id: str
    email: str
    role: str = "reader"
    inherited: bool = False


class File(_Held):
    """A file or a folder."""

    name: str
    mime: str = "text/plain"
    parents: list[str] = Field(default_factory=list)
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
    trashed: bool = False
    body: str = ""
    drive: str | None = None
    owner: str = ""
    managed: bool = True
    properties: dict[str, str] = Field(default_factory=dict)
    export_too_large: bool = False
    permissions: list[Permission] = Field(default_factory=list)

    def collection(self, name: str) -> list[str]:
        """What `'x' in name` looks through."""
        if name == "parents":
            return self.parents
        return [each.email for each in self.permissions if each.role in ROLES[name]]

    def text(self, field: str) -> str:
        """What a comparison compares."""
        values = {"name": self.name, "mimeType": self.mime, "trashed": str(self.trashed).lower(), "fullText": self.body}
        return values[field]

    @property
    def ours(self) -> bool:
        """Whether our account may delete it."""
        return self.managed if self.drive else not self.owner


class SharedDrive(_Held):
    """A shared drive."""

    name: str
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
    permissions: list[Permission] = Field(default_factory=list)


class Drive:
    """All that the stand-in holds."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.tokens = Tokens()
        self.replace(state)

    def replace(self, state: dict[str, Any]) -> None:
        """Take this state; tokens go on."""
        self.tokens.keys = state.get("service_accounts", {})
        self.files = {key: File.model_validate(each) for key, each in state.get("files", {}).items()}
        self.drives = {key: SharedDrive.model_validate(each) for key, each in state.get("drives", {}).items()}
        self.incomplete: bool = state.get("incomplete", False)

    def state(self) -> dict[str, Any]:
        """The state as it would be seeded."""
        files, drives = (
            {key: each.model_dump(mode="json") for key, each in held.items()} for held in (self.files, self.drives)
        )
        accounts = self.tokens.keys
        return {"service_accounts": accounts, "files": files, "drives": drives, "incomplete": self.incomplete}

    async def list_drives(self, request: web.Request) -> web.Response:
        """GET drives."""
        self.tokens.require(request, SCOPE)
        after, most = request.query.get("pageToken", ""), int(request.query.get("pageSize", "10"))
        found = [(key, each) for key, each in sorted(self.drives.items()) if key > after]
        shown = [
            {"kind": "drive#drive", "id": key, "name": each.name, "createdTime": _moment(each.created)}
            for key, each in found[:most]
        ]
        answer: dict[str, Any] = {"kind": "drive#driveList", "drives": shown}
        if len(found) > most:
            answer["nextPageToken"] = found[most - 1][0]
        return web.json_response(answer)

    async def list(self, request: web.Request) -> web.Response:
        """GET files?q=."""
        self.tokens.require(request, SCOPE)
        asked = request.query
        try:
            fits = compiled(asked.get("q", "trashed = false"))
        except BadQueryError:
            raise GoogleError(400, "INVALID_ARGUMENT", "invalid", "Invalid Value") from None
        after = asked.get("pageToken", "")
        shared = asked.get("includeItemsFromAllDrives") == "true" and asked.get("supportsAllDrives") == "true"
        found = [
            (key, each)
            for key, each in sorted(self.files.items())
            if key > after and (shared or not each.drive) and asked.get("driveId") in {None, each.drive} and fits(each)
        ]
        most = min(int(asked.get("pageSize", "100")), MOST)
        files = [self._resource(key, each) for key, each in found[:most]]
        answer: dict[str, Any] = {"kind": "drive#fileList", "incompleteSearch": self.incomplete, "files": files}
        if len(found) > most:
            answer["nextPageToken"] = found[most - 1][0]
        return web.json_response(answer)

    async def get(self, request: web.Request) -> web.Response:
        """GET files/{id}: what is known of it, or with alt=media its content."""
        key, file = self._file(request)
        if request.query.get("alt") != "media":
            return web.json_response(self._resource(key, file))
        if file.mime.startswith(GOOGLES):
            said = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
            raise GoogleError(403, "PERMISSION_DENIED", "fileNotDownloadable", said)
        return web.Response(body=file.body.encode(), content_type=file.mime)

    async def export(self, request: web.Request) -> web.Response:
        """GET files/{id}/export?mimeType=."""
        self.tokens.require(request, SCOPE)
        file = self.files.get(request.match_info["id"])
        if file is None:
            raise _missing()
        if file.export_too_large:
            said = "This file is too large to be exported."
            raise GoogleError(403, "PERMISSION_DENIED", "exportSizeLimitExceeded", said)
        if not file.mime.startswith(GOOGLES):
            raise GoogleError(403, "PERMISSION_DENIED", "fileNotExportable", "Export only supports Docs Editors files.")
        return web.Response(body=b"PK" + file.body.encode(), content_type=request.query["mimeType"])

    async def update(self, request: web.Request) -> web.Response:
        """PATCH files/{id}: into the trash and out of it, and custom properties; `null` takes one away."""
        key, file = self._file(request)
        asked = await request.json()
        if asked.keys() - {"trashed", "properties"}:
            raise GoogleError(501, "UNIMPLEMENTED", "notImplemented", "Only these two are played here")
        if not file.ours:
            raise _not_allowed()
        file.trashed = asked.get("trashed", file.trashed)
        merged = {**file.properties, **asked.get("properties", {})}
        file.properties = {name: value for name, value in merged.items() if value is not None}
        return web.json_response(self._resource(key, file))

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE files/{id}: with all that is in it."""
        key, file = self._file(request)
        if not file.ours:
            raise _not_allowed()
        for each in [key, *self._below(key)]:
            self.files.pop(each, None)
        return web.Response(status=204)

    async def permissions(self, request: web.Request) -> web.Response:
        """GET files/{id}/permissions."""
        file = self._shared(request)
        start, most = int(request.query.get("pageToken", "0")), int(request.query.get("pageSize", "100"))
        shown = [_permission(each) for each in file.permissions[start : start + most]]
        answer: dict[str, Any] = {"kind": "drive#permissionList", "permissions": shown}
        if start + most < len(file.permissions):
            answer["nextPageToken"] = str(start + most)
        return web.json_response(answer)

    async def permission(self, request: web.Request) -> web.Response:
        """GET files/{id}/permissions/{permission}."""
        return web.json_response(_permission(self._permission(request)[1]))

    async def revoke(self, request: web.Request) -> web.Response:
        """DELETE files/{id}/permissions/{permission}."""
        file, permission = self._permission(request)
        if permission.inherited:
            said = "Cannot delete an inherited permission."
            raise GoogleError(403, "PERMISSION_DENIED", "cannotDeleteInheritedPermission", said)
        file.permissions.remove(permission)
        return web.Response(status=204)

    def _shared(self, request: web.Request) -> "File | SharedDrive":
        """What is shared: a file, or a whole drive by its own id."""
        drive = self.drives.get(request.match_info["id"])
        if drive is None or request.query.get("supportsAllDrives") != "true":
            return self._file(request)[1]
        self.tokens.require(request, SCOPE)
        return drive

    def _permission(self, request: web.Request) -> tuple["File | SharedDrive", Permission]:
        file = self._shared(request)
        for each in file.permissions:
            if each.id == request.match_info["permission"]:
                return file, each
        raise GoogleError(404, "NOT_FOUND", "notFound", "Permission not found")

    def _file(self, request: web.Request) -> tuple[str, File]:
        self.tokens.require(request, SCOPE)
        key = request.match_info["id"]
        file = self.files.get(key)
        if file is None or (file.drive and request.query.get("supportsAllDrives") != "true"):
            raise _missing()
        return key, file

    def _below(self, key: str) -> Iterator[str]:
        for each in [child for child, file in self.files.items() if key in file.parents]:
            yield each
            yield from self._below(each)

    def _in_trash(self, file: File) -> bool:
        return file.trashed or any(self._in_trash(self.files[each]) for each in file.parents if each in self.files)

    def _resource(self, key: str, file: File) -> dict[str, Any]:
        at = _moment(file.created)
        resource: dict[str, Any] = {
            "id": key,
            "name": file.name,
            "mimeType": file.mime,
            "createdTime": at,
            "modifiedTime": at,
            "trashed": self._in_trash(file),
            "explicitlyTrashed": file.trashed,
            "webViewLink": f"https://drive.google.com/file/d/{key}/view",
            "capabilities": {**dict.fromkeys(("canDelete", "canTrash", "canEdit"), file.ours), "canDownload": True},
        }
        optional = {"driveId": file.drive, "properties": file.properties}
        if not file.drive:
            resource["ownedByMe"] = not file.owner
        if not file.mime.startswith(GOOGLES):
            resource["size"] = str(len(file.body.encode()))
        return resource | {name: value for name, value in optional.items() if value}


def _permission(permission: Permission) -> dict[str, Any]:
    details = [{"permissionType": "file", "role": permission.role, "inherited": permission.inherited}]
    return {
        "id": permission.id,
        "type": "user",
        "role": permission.role,
        "emailAddress": permission.email,
        "displayName": permission.email.partition("@")[0],
        "permissionDetails": details,
    }


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _missing() -> GoogleError:
    return GoogleError(404, "NOT_FOUND", "notFound", "File not found")


def _not_allowed() -> GoogleError:
    said = "The user does not have sufficient permissions for this file."
    return GoogleError(403, "PERMISSION_DENIED", "insufficientFilePermissions", said)


FAULTS: dict[str, tuple[int, dict[str, str], Any]] = {
    "rate_limit": (
        429,
        {"Retry-After": "1"},
        body(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", "Too many requests."),
    ),
    "rate_limit_without_hint": (
        403,
        {},
        body(403, "PERMISSION_DENIED", "userRateLimitExceeded", "User Rate Limit Exceeded"),
    ),
    "server_error": (500, {}, body(500, "INTERNAL", "backendError", "Backend Error")),
    "unauthorised": (401, {}, body(401, "UNAUTHENTICATED", "authError", "Invalid Credentials")),
    "forbidden": (403, {}, body(403, "PERMISSION_DENIED", "domainPolicy", "The domain administrators disabled Drive.")),
}


def app(state: dict[str, Any] | None = None) -> web.Application:
    """The stand-in; `state` as above."""
    drive = Drive(state or {})
    application = web.Application(middlewares=[in_googles_words], client_max_size=256 << 20)
    router = application.router
    router.add_post("/token", drive.tokens.grant)
    router.add_get("/drive/v3/files", drive.list)
    router.add_get("/drive/v3/drives", drive.list_drives)
    router.add_get("/drive/v3/files/{id}", drive.get)
    router.add_patch("/drive/v3/files/{id}", drive.update)
    router.add_delete("/drive/v3/files/{id}", drive.delete)
    router.add_get("/drive/v3/files/{id}/export", drive.export)
    router.add_get("/drive/v3/files/{id}/permissions", drive.permissions)
    router.add_get("/drive/v3/files/{id}/permissions/{permission}", drive.permission)
    router.add_delete("/drive/v3/files/{id}/permissions/{permission}", drive.revoke)
    breakable(application, Faults(bodies=FAULTS), drive.state, drive.replace)
    return application
