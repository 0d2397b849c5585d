"""Google Drive: a person's folder, what a search finds, and what is shared with them.

A record is a file, a folder, or a guest's access to a file or to a whole shared drive. Files go to the trash first,
which can be undone, and are then deleted one by one. Google deletes with a folder all that is in it, whoever's that is:
so a folder is left alone until it is empty. A file that our account may not delete is a person's task.

What no call can do or tell: Google deletes by itself what has been in its trash for 30 days; what Google Vault holds
stays there, unseen; an administrator can restore for 25 days what was deleted for good; what our account does not see
(a file that its owner keeps to themselves, a shared drive that it is no member of) is not found. A walk goes through
the folders only: whom a file is shared with takes a call a file.

Source: Drive API v3 (discovery document drive.v3) and developers.google.com/workspace/drive/api/guides.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from connectors.connector import Ability, Connector, NeedsPerson, TryLater
from connectors.drive_config import DriveConfig
from connectors.drive_erasure import Erasure, Thing
from connectors.drive_files import EVERYWHERE, EXPORT, FILE, File, Files
from connectors.drive_search import Hit, Searches, Spot
from connectors.google_calls import GoogleCalls
from connectors.http import together
from connectors.object_places import category
from dsar.frozen import Frozen
from dsar.identity import Identity
from dsar.records import Anchor, Exported, FileRef, Located, Outcome, Record, Sighting, Walked

SCOPES = ("https://www.googleapis.com/auth/drive",)
CAN = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.SUPPRESS, Ability.RESTRICT, Ability.ERASE})

OFFICE = "application/vnd.openxmlformats-officedocument"
AS = {
    "application/vnd.google-apps.document": (f"{OFFICE}.wordprocessingml.document", ".docx"),
    "application/vnd.google-apps.spreadsheet": (f"{OFFICE}.spreadsheetml.sheet", ".xlsx"),
    "application/vnd.google-apps.presentation": (f"{OFFICE}.presentationml.presentation", ".pptx"),
    "application/vnd.google-apps.drawing": ("application/pdf", ".pdf"),
}
"""What Google's own kinds of document are exported as; the others (forms, sites, shortcuts) have no content to give."""
GOOGLES = "application/vnd.google-apps."
BEGINNINGS = (b"PK", b"%PDF")
"""What these formats begin with: anything else is a proxy's page."""


class _Content(Frozen):
    """What `open` needs."""

    file: str
    export_as: str = ""
    size: int | None = None


class GoogleDrive(Connector):
    """What one account sees of Google Drive."""

    Config = DriveConfig

    def __init__(self, config: DriveConfig, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(config)
        self._entry = config
        self._now = now
        self._calls = GoogleCalls(config, config.token_url, SCOPES, now, config.subject)
        self._files = Files(self._calls, config.drive_id)
        self._searches = Searches(self._files, config)
        self._erasure = Erasure(self._files, config.title)

    @property
    def can(self) -> frozenset[Ability]:
        """Walking through takes folders that say whose they are."""
        return CAN | {Ability.WALK} if self._entry.folders else CAN

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """One page of one search: a person's folders and all below them, then queries, then what is shared.

        A file that is shared with the person costs a call, and so does each shared drive that our account is in.
        """
        searches = self._searches.of(identity)
        if not searches:
            return Located()
        spot = Spot.model_validate_json(cursor) if cursor else Spot()
        hits, following = await self._searches.page(searches, spot, identity)
        return Located(
            records=tuple(map(self._record, hits)), cursor=following.model_dump_json() if following else None
        )

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """What Google knows of each, with a file's content as a file."""
        found = await together(self._exported(record) for record in records)
        return [exported for exported in found if exported]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """Stream a file's content; what comes short, or is no such file, is tried again."""
        wanted = _Content.model_validate_json(file.locator)
        path, params = (
            (EXPORT, {"mimeType": wanted.export_as}) if wanted.export_as else (FILE, {**EVERYWHERE, "alt": "media"})
        )
        got = 0
        try:
            async for chunk in self._calls.stream(path, wanted.file, params=params):
                if wanted.export_as and not got and not chunk.startswith(BEGINNINGS):
                    raise TryLater(f"{self.config.title}: a document came as something else")
                got += len(chunk)
                yield chunk
        except NeedsPerson as refused:
            raise await self._why_not(wanted, refused) from None
        if wanted.size not in {None, got}:
            raise TryLater(f"{self.config.title}: a file came with {got} of {wanted.size} bytes")

    async def suppress(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Move each file to the trash."""
        return await together(self._erasure.suppress(record) for record in records)

    async def restrict(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Mark each file and folder by a custom property, which every app sees."""
        return await together(self._erasure.restrict(record) for record in records)

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Take each file out of the trash that was not there when it was located, and off the marks of this request."""
        return await together(self._erasure.restore(record) for record in records)

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete for good, and take accesses away; a folder is `RETAINED` while anything is in it."""
        return await self._erasure.erase(records)

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Ask for each again."""
        return await together(self._erasure.check(record) for record in records)

    async def walk(self, cursor: str | None = None) -> Walked:
        """One page of everything below the roots; what lies in nobody's folder carries no identifier."""
        if not self._entry.folders:
            return await super().walk(cursor)
        spot = Spot.model_validate_json(cursor) if cursor else Spot()
        hits, following = await self._searches.page(self._searches.of_everybody(), spot, None)
        return Walked(
            sightings=tuple(Sighting(record=self._record(hit), identifiers=hit.whose) for hit in hits),
            cursor=following.model_dump_json() if following else None,
        )

    async def close(self) -> None:
        """Release connections."""
        await self._calls.close()

    def _record(self, hit: Hit) -> Record:
        file = hit.file
        located = self._now().isoformat()
        kind: Literal["file", "folder"] = "folder" if file.is_folder else "file"
        thing = Thing(kind=kind, file=file.id, trashed=file.explicitlyTrashed, located=located)
        if hit.access:
            thing = Thing(kind="access", file=file.id, access=hit.access.id)
        dates = {Anchor.CREATED: file.createdTime.date()}
        if file.modifiedTime:
            dates[Anchor.LAST_INTERACTION] = file.modifiedTime.date()
        return Record(
            id=_id(thing),
            category=self._category(hit),
            matched=frozenset(each.kind for each in hit.whose),
            dates=dates,
            label=f"access to {hit.path}" if hit.access else hit.path,
            state=thing.model_dump(mode="json"),
        )

    def _category(self, hit: Hit) -> str:
        if hit.access:
            return self._entry.guests_category
        return category(hit.path, self._entry.rules, self._entry.default_category)

    async def _exported(self, record: Record) -> Exported | None:
        thing = Thing.of(record)
        if thing.kind == "access":
            access = await self._files.access(thing.file, thing.access)
            if access is None:
                return None
            data = {"role": access.role, "shared_with": access.emailAddress, "type": access.type}
            data |= {"expires": access.expirationTime} if access.expirationTime else {}
            return Exported(record_id=record.id, category=record.category, label=record.label, data=data)
        file = await self._files.get(thing.file)
        if file is None:
            return None
        files = _content(file)
        data = _known(file, record.label)
        if not files and not file.is_folder:
            data["content"] = "Google Drive does not hand it out"
        return Exported(record_id=record.id, category=record.category, label=record.label, data=data, files=files)

    async def _why_not(self, wanted: _Content, refused: NeedsPerson) -> Exception:
        """What to raise for content that was refused."""
        if await self._files.get(wanted.file) is None:
            return TryLater(f"{self.config.title}: a file went away while it was exported")
        if not wanted.export_as:
            return refused
        return NeedsPerson(
            refused.why,
            f"Google exports documents of at most 10 MB, and {self.config.title} refused one: "
            f"https://drive.google.com/open?id={wanted.file}. Move a part of it to another document, then retry.",
        )


def _id(thing: Thing) -> str:
    """The locator. Google's number of a grantee is the same everywhere, so of an access it is in it as a digest."""
    if thing.kind != "access":
        return f"file:{thing.file}"
    return f"access:{thing.file}:{sha256(f'{thing.file}/{thing.access}'.encode()).hexdigest()[:16]}"


def _content(file: File) -> tuple[FileRef, ...]:
    if file.is_folder or not file.capabilities.canDownload:
        return ()
    if file.mimeType in AS:
        media_type, ending = AS[file.mimeType]
        locator = _Content(file=file.id, export_as=media_type).model_dump_json()
        return (FileRef(name=f"{file.name}{ending}", locator=locator, media_type=media_type),)
    if file.mimeType.startswith(GOOGLES):
        return ()
    locator = _Content(file=file.id, size=file.size).model_dump_json()
    return (FileRef(name=file.name, locator=locator, media_type=file.mimeType),)


def _known(file: File, path: str) -> dict[str, Any]:
    return {
        "name": file.name,
        "path": path,
        "type": file.mimeType,
        "created": file.createdTime.isoformat(),
        "modified": file.modifiedTime.isoformat() if file.modifiedTime else None,
        "in_trash": file.trashed,
        "size": file.size,
        "link": file.webViewLink,
        "description": file.description,
        "properties": file.properties | file.appProperties,
    }
