"""The searches that find a person in Google Drive, one page at a time, and the way through everybody's folders."""

from collections.abc import Sequence
from typing import Literal

from connectors.drive_config import LONGEST, DriveConfig, fillings, kinds_in
from connectors.drive_files import FOLDER, Access, File, Files, escaped, quoted
from connectors.http import together
from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key, normalise


class Branch(Frozen):
    """A folder that is somebody's, or nobody's: its path, and what the name of the person's folder says."""

    file: File
    path: str
    whose: tuple[Identifier, ...]


class Search(Frozen):
    """One of the questions that a person leads to."""

    kind: Literal["folders", "query", "guest", "member"]
    query: str
    number: int = 0
    """Which of the entry's folders or queries it comes from."""
    email: str = ""


class Spot(Frozen):
    """The cursor: which search, where in it, and the folders that it found last, yet to be listed."""

    search: int = 0
    token: str | None = None
    """Of the search's next page."""
    over: bool = False
    """Whether the search itself has been read to its end, and only folders are left to list."""
    open: tuple[Branch, ...] = ()
    inside: str | None = None
    """Of the next page of the folder that comes first."""
    done: tuple[Branch, ...] = ()
    """Folders that were listed: they come as records after all that is in them."""
    seen: tuple[str, ...] = ()
    """The files that came up already, so that none comes twice."""


class Hit(Frozen):
    """A file, or an access to one, and what says whose it is."""

    file: File
    path: str
    whose: tuple[Identifier, ...]
    access: Access | None = None


class Searches:
    """Runs the searches of one entry."""

    def __init__(self, files: Files, config: DriveConfig) -> None:
        self._files = files
        self._config = config

    def of(self, identity: Identity) -> list[Search]:
        """Every search that this person leads to. What is learned meanwhile comes last and moves no cursor."""
        found: list[Search] = []
        for number, folders in enumerate(self._config.folders):
            if names := folders.names(identity):
                called = " or ".join(f"name = {quoted(name)}" for name in names)
                query = f"({called}) and mimeType = {quoted(FOLDER)} and {quoted(folders.root)} in parents"
                found.append(Search(kind="folders", number=number, query=query))
        for number, template in enumerate(self._config.queries):
            queries = fillings(template, identity, escaped)
            found += [Search(kind="query", number=number, query=query) for query in queries]
        emails = (normalise(Key.EMAIL, email) for email in identity.values(Key.EMAIL) if self._config.guests)
        for email in dict.fromkeys(each for each in emails if "@" in each and len(each) <= LONGEST):
            query = f"{quoted(email)} in writers or {quoted(email)} in readers"
            found += [Search(kind="guest", query=query, email=email), Search(kind="member", query="", email=email)]
        return found

    def of_everybody(self) -> list[Search]:
        """All folders below each root, whoever's they are."""
        return [
            Search(kind="folders", number=number, query=f"{quoted(folders.root)} in parents")
            for number, folders in enumerate(self._config.folders)
        ]

    async def page(
        self, searches: Sequence[Search], spot: Spot, identity: Identity | None
    ) -> tuple[list[Hit], Spot | None]:
        """One answer of Google's, as hits, and where to go on; `identity` is whom it is about, `None` for everybody."""
        if spot.open:
            hits, spot = await self._inside(spot)
        else:
            hits, spot = await self._asked(searches[spot.search], spot, identity)
        following: Spot | None = spot
        if not spot.open:
            hits += [Hit(file=each.file, path=each.path, whose=each.whose) for each in reversed(spot.done)]
            following = spot.model_copy(update={"done": ()})
            if spot.over:
                last = spot.search + 1 == len(searches)
                following = None if last else Spot(search=spot.search + 1, seen=spot.seen)
        if identity is None:
            return hits, following
        hits, seen = _once(hits, spot.seen)
        return hits, following.model_copy(update={"seen": seen}) if following else None

    async def _inside(self, spot: Spot) -> tuple[list[Hit], Spot]:
        """A page of what is in the folder that comes first; folders in it wait behind the others."""
        branch, *others = spot.open
        found, token = await self._files.search(
            f"{quoted(branch.file.id)} in parents", self._config.page_size, spot.inside
        )
        below = [Hit(file=each, path=f"{branch.path}/{each.name}", whose=branch.whose) for each in found]
        folders = [Branch(file=each.file, path=each.path, whose=each.whose) for each in below if each.file.is_folder]
        hits = [each for each in below if not each.file.is_folder]
        rest = {"open": (*others, *folders), "done": (*spot.done, branch), "inside": None}
        more = {"open": (branch, *others, *folders), "inside": token}
        return hits, spot.model_copy(update=more if token else rest)

    async def _asked(self, search: Search, spot: Spot, identity: Identity | None) -> tuple[list[Hit], Spot]:
        """A page of the search itself; the folders that it finds are listed before its next page."""
        if search.kind == "member":
            drives, token = await self._files.drives(spot.token)
            hits = await self._shared_with(search.email, [each.folder for each in drives])
            return hits, spot.model_copy(update={"token": token, "over": token is None})
        found, token = await self._files.search(search.query, self._config.page_size, spot.token)
        hits = []
        branches: list[Branch] = []
        if search.kind == "folders":
            branches, hits = self._persons_folders(search, found, identity)
        elif search.kind == "query":
            kinds = kinds_in(self._config.queries[search.number])
            hits = [Hit(file=file, path=file.name, whose=_carried(kinds, file, identity)) for file in found]
        else:
            hits = await self._shared_with(search.email, found)
        return hits, spot.model_copy(update={"token": token, "over": token is None, "open": tuple(branches)})

    def _persons_folders(
        self, search: Search, found: Sequence[File], identity: Identity | None
    ) -> tuple[list[Branch], list[Hit]]:
        """The folders that are the person's by their name, compared again; files beside them are nobody's."""
        folders = self._config.folders[search.number]
        branches = [
            Branch(file=each, path=each.name, whose=folders.whose(each.name)) for each in found if each.is_folder
        ]
        if identity is not None:
            branches = [b for b in branches if b.whose and all(identity.knows(i.kind, i.value) for i in b.whose)]
            return branches, []
        return branches, [Hit(file=each, path=each.name, whose=()) for each in found if not each.is_folder]

    async def _shared_with(self, email: str, found: Sequence[File]) -> list[Hit]:
        """The person's own accesses to these files. An owner's is no guest's, and what is inherited is found above."""
        accesses = await together(self._files.accesses(file.id) for file in found)
        whose = (Identifier(kind=Key.EMAIL, value=email),)
        return [
            Hit(file=file, path=file.name, whose=whose, access=access)
            for file, each in zip(found, accesses, strict=True)
            for access in each
            if normalise(Key.EMAIL, access.emailAddress) == email and access.role != "owner" and not access.inherited
        ]


def _once(hits: list[Hit], seen: tuple[str, ...]) -> tuple[list[Hit], tuple[str, ...]]:
    """The hits that did not come up in a search before. Accesses can't: each belongs to one address."""
    new = [hit for hit in hits if hit.access or hit.file.id not in set(seen)]
    return new, tuple(dict.fromkeys((*seen, *(hit.file.id for hit in new if not hit.access))))


def _carried(kinds: frozenset[Key], file: File, identity: Identity | None) -> tuple[Identifier, ...]:
    """What a file's custom properties themselves say: only that proves whose a search's find is."""
    values = {*file.properties.values(), *file.appProperties.values()}
    pairs = ((kind, value) for kind in sorted(kinds) for value in sorted(values))
    return tuple(Identifier(kind=k, value=v) for k, v in pairs if identity is not None and identity.knows(k, v))
