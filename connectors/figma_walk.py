"""Everything that Figma holds of anybody: comments, reactions, files with all who are in their history."""

from collections.abc import AsyncIterator, Sequence
from datetime import date

from connectors.connector import TryLater
from connectors.figma_account import Account
from connectors.figma_answers import File, Version
from connectors.figma_reactions import met_reactions
from connectors.figma_records import met_comment, met_file
from dsar.frozen import Frozen
from dsar.records import Sighting, Walked


class Spot(Frozen):
    """The cursor: where in the teams, and what of a file's history was read. A project is walked in its keys' order."""

    projects: tuple[str, ...]
    """Still to be walked."""
    file: str = ""
    """The last file that was looked into, in the first of `projects`."""
    before: str | None = None
    """While set: that file's comments are done, its history is read on from here (empty: from its start)."""
    authors: tuple[str, ...] = ()
    """The accounts met in that history so far."""
    newest: date | None = None
    """The day of its newest entry."""

    def read(self, versions: Sequence[Version], before: str | None) -> "Spot":
        """This place after one more page of the file's history."""
        authors = dict.fromkeys((*self.authors, *(version.user.id for version in versions)))
        newest = max((v.created_at.date() for v in versions), default=None)
        later = max((day for day in (self.newest, newest) if day), default=None)
        return self.model_copy(update={"before": before, "authors": tuple(authors), "newest": later})


class Walk:
    """Two requests or more for each file; a page of it is up to `files_per_page` files of one project."""

    def __init__(self, account: Account, team_ids: Sequence[str], files_per_page: int) -> None:
        self._account = account
        self._team_ids = team_ids
        self._files_per_page = files_per_page

    async def page(self, cursor: str | None, system: str) -> Walked:
        """What the next requests show, and where it goes on.

        A vendor that refuses half-way ends the page there, so that a limit by the minute stops no walk for good.
        """
        start = Spot.model_validate_json(cursor) if cursor else Spot(projects=await self._projects())
        here, found = start, list[Sighting]()
        try:
            async for reached, sightings in self._steps(start, system):
                here = reached
                found += sightings
        except TryLater:
            if here == start:
                raise
        return Walked(sightings=tuple(found), cursor=here.model_dump_json() if here.projects else None)

    async def _projects(self) -> tuple[str, ...]:
        """Every project, once."""
        found = [project for team in self._team_ids for project in await self._account.projects(team)]
        return tuple(dict.fromkeys(found))

    async def _steps(self, at: Spot, system: str) -> AsyncIterator[tuple[Spot, list[Sighting]]]:
        """After each request, the place reached and what it gave."""
        if not at.projects:
            return
        project, *rest = at.projects
        files = await self._account.files(project)
        todo = [f for f in files if f.key > at.file or (f.key == at.file and at.before is not None)]
        for file in todo[: self._files_per_page]:
            if file.key != at.file:
                comments = await self._account.comments(file.key)
                at = Spot(projects=at.projects, file=file.key, before="")
                met = [met_comment(file, comment, system) for comment in comments]
                yield at, [*met, *met_reactions(file, comments, system)]
            while at.before is not None:
                page = await self._account.versions(file.key, at.before)
                at = at.read(page.versions, page.before)
                yield at, self._file(file, at, system)
        if len(todo) <= self._files_per_page:
            yield Spot(projects=tuple(rest)), []

    def _file(self, file: File, at: Spot, system: str) -> list[Sighting]:
        """The file itself, once its history is read to the end; one that nobody is in is nobody's."""
        if at.before is not None or at.newest is None:
            return []
        return [met_file(file, at.authors, at.newest, system)]
