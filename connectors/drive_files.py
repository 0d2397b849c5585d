"""Google Drive's files and permissions, as far as we read and change them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from connectors.connector import TryLater
from connectors.google_account import Incoming
from connectors.google_calls import GONE, GoogleCalls

FILES = "/drive/v3/files"
FILE = "/drive/v3/files/{}"
EXPORT = "/drive/v3/files/{}/export"
DRIVES = "/drive/v3/drives"
PERMISSIONS = "/drive/v3/files/{}/permissions"
PERMISSION = "/drive/v3/files/{}/permissions/{}"

FOLDER = "application/vnd.google-apps.folder"
EVERYWHERE = {"supportsAllDrives": "true"}
"""Without it Google denies that what lies in a shared drive exists."""
OR_GONE = frozenset({200, GONE})

FIELDS = (
    "id,name,mimeType,createdTime,modifiedTime,trashed,explicitlyTrashed,size,driveId,ownedByMe,webViewLink,"
    "description,properties,appProperties,capabilities(canDelete,canTrash,canEdit,canDownload)"
)
LIST_FIELDS = f"kind,nextPageToken,incompleteSearch,files({FIELDS})"
DRIVE_FIELDS = "kind,nextPageToken,drives(id,name,createdTime)"
MOST_DRIVES = 100
"""The most shared drives that Google answers with at once."""
ACCESS_FIELDS = "id,type,role,emailAddress,displayName,expirationTime,permissionDetails(inherited)"


class Capabilities(Incoming):
    """What our account may do with a file."""

    canDelete: bool = False  # noqa: N815 - Google's spelling, here and below
    canTrash: bool = False  # noqa: N815
    canEdit: bool = False  # noqa: N815
    canDownload: bool = False  # noqa: N815


class File(Incoming):
    """A file or a folder."""

    id: str
    name: str
    mimeType: str  # noqa: N815
    createdTime: datetime  # noqa: N815
    modifiedTime: datetime | None = None  # noqa: N815
    trashed: bool
    explicitlyTrashed: bool = False  # noqa: N815
    size: int | None = None
    driveId: str | None = None  # noqa: N815
    webViewLink: str = ""  # noqa: N815
    description: str = ""
    properties: dict[str, str] = Field(default_factory=dict)
    appProperties: dict[str, str] = Field(default_factory=dict)  # noqa: N815
    capabilities: Capabilities = Capabilities()

    @property
    def is_folder(self) -> bool:
        """Whether other files may be in it."""
        return self.mimeType == FOLDER


class _Details(Incoming):
    inherited: bool = False


class Access(Incoming):
    """A permission: who may do what with a file."""

    id: str
    type: str
    role: str
    emailAddress: str = ""  # noqa: N815
    expirationTime: str | None = None  # noqa: N815
    permissionDetails: tuple[_Details, ...] = ()  # noqa: N815

    @property
    def inherited(self) -> bool:
        """Whether it was given to a folder above alone: there it is found, and removed."""
        return bool(self.permissionDetails) and all(each.inherited for each in self.permissionDetails)


class SharedDrive(Incoming):
    """A shared drive: its id serves as that of the folder that all of it is in."""

    id: str
    name: str
    createdTime: datetime  # noqa: N815

    @property
    def folder(self) -> File:
        """That folder."""
        return File(id=self.id, name=self.name, mimeType=FOLDER, createdTime=self.createdTime, trashed=False)


class _Drives(Incoming):
    kind: str
    drives: tuple[SharedDrive, ...]
    nextPageToken: str | None = None  # noqa: N815


class _Files(Incoming):
    kind: str
    files: tuple[File, ...]
    nextPageToken: str | None = None  # noqa: N815
    incompleteSearch: bool = False  # noqa: N815


class _Accesses(Incoming):
    kind: str
    permissions: tuple[Access, ...]
    nextPageToken: str | None = None  # noqa: N815


class Files:
    """One account's view of Google Drive."""

    def __init__(self, calls: GoogleCalls, drive_id: str | None) -> None:
        self._calls = calls
        self._drive_id = drive_id
        self._where = {"corpora": "drive", "driveId": drive_id} if drive_id else {"corpora": "allDrives"}

    async def search(self, query: str, size: int, token: str | None = None) -> tuple[tuple[File, ...], str | None]:
        """One page of what a query finds, the trash included, and the token of the next. Never an incomplete one."""
        params = {**EVERYWHERE, **self._where, "includeItemsFromAllDrives": "true", "spaces": "drive"}
        params |= {"q": query, "pageSize": str(size), "fields": LIST_FIELDS} | ({"pageToken": token} if token else {})
        listed = (await self._calls.call("GET", FILES, params=params)).read(_Files)
        if listed.incompleteSearch or (token and listed.nextPageToken == token):
            raise TryLater(f"{FILES} did not search everything that it was asked to")
        return listed.files, listed.nextPageToken

    async def drives(self, token: str | None = None) -> tuple[list[SharedDrive], str | None]:
        """One page of the shared drives that our account is a member of, and the token of the next."""
        params = {"pageSize": str(MOST_DRIVES), "fields": DRIVE_FIELDS} | ({"pageToken": token} if token else {})
        listed = (await self._calls.call("GET", DRIVES, params=params)).read(_Drives)
        if token and listed.nextPageToken == token:
            raise TryLater(f"{DRIVES} does not say where its next page starts")
        return [each for each in listed.drives if self._drive_id in {None, each.id}], listed.nextPageToken

    async def get(self, file_id: str) -> File | None:
        """One file; `None` when our account sees none of this id."""
        answer = await self._calls.call("GET", FILE, file_id, ok=OR_GONE, params={**EVERYWHERE, "fields": FIELDS})
        return None if answer.status == GONE else answer.read(File)

    async def change(self, file_id: str, changes: Mapping[str, Any]) -> bool:
        """Into the trash or out of it (`trashed`), or custom `properties`: whether the file was there."""
        params = {**EVERYWHERE, "fields": FIELDS}
        answer = await self._calls.call("PATCH", FILE, file_id, ok=OR_GONE, params=params, json=changes)
        if answer.status == GONE:
            return False
        answer.read(File)
        return True

    async def delete(self, file_id: str) -> bool:
        """For good, past the trash, and of a folder all that is in it: whether it was there."""
        return await self._calls.delete(FILE, file_id, params=EVERYWHERE)

    async def accesses(self, file_id: str) -> list[Access]:
        """Who has access to a file; nobody, when it is gone."""
        found: list[Access] = []
        token: str | None = None
        fields = f"kind,nextPageToken,permissions({ACCESS_FIELDS})"
        while True:
            params = {**EVERYWHERE, "pageSize": "100", "fields": fields} | ({"pageToken": token} if token else {})
            answer = await self._calls.call("GET", PERMISSIONS, file_id, ok=OR_GONE, params=params)
            if answer.status == GONE:
                return []
            page = answer.read(_Accesses)
            found += page.permissions
            if not page.nextPageToken:
                return found
            if page.nextPageToken == token:
                raise TryLater(f"{PERMISSIONS} does not say where its next page starts")
            token = page.nextPageToken

    async def access(self, file_id: str, access_id: str) -> Access | None:
        """One access; `None` when it is gone, or its file is."""
        params = {**EVERYWHERE, "fields": ACCESS_FIELDS}
        answer = await self._calls.call("GET", PERMISSION, file_id, access_id, ok=OR_GONE, params=params)
        return None if answer.status == GONE else answer.read(Access)

    async def revoke(self, file_id: str, access_id: str) -> bool:
        """Take an access away: whether it was there."""
        return await self._calls.delete(PERMISSION, file_id, access_id, params=EVERYWHERE)


def quoted(value: str) -> str:
    """A value as Drive's search language takes it."""
    return f"'{escaped(value)}'"


def escaped(value: str) -> str:
    """A value as it stands between quotes that are there already."""
    return value.replace("\\", "\\\\").replace("'", "\\'")
