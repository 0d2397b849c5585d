"""Figma: comments, reactions and the files that a person worked on, found by walking the teams.

Figma shows a user's id and name, never an address. An address leads to an id through SCIM or the activity log (both
of the larger plans); without either, only the name is left, which proves nothing. No API deletes files, versions or
other people's comments, changes them or takes them out of use: those are a person's task, said with the place to
click. On a walk through everything a comment carries its author's id, a file the ids of all who are in its history.

Branches are files of their own, with comments and a history. Reactions to others' comments are found with the comments.

Known limits: the log reaches back a year; only a team's own projects are listed, not folders within folders; names
written in other people's comments are not searched.
"""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from connectors.connector import Ability, Connector, NeedsPerson, SystemConfig, TryLater
from connectors.figma_account import Account, FigmaConfig
from connectors.figma_answers import Comment, File, Version
from connectors.figma_person import Accounts, Person, Place, addresses, led_by_address, names_of, with_accounts
from connectors.figma_reactions import (
    exported_reactions,
    is_reaction,
    persons_reactions,
    reactions,
    to_take_back,
)
from connectors.figma_records import (
    SEARCH_BY_HAND,
    authors_of,
    comment_of,
    comment_record,
    exported_comment,
    exported_file,
    file_of,
    file_record,
    is_file,
    seen,
    to_delete_comment,
    to_delete_file,
)
from connectors.figma_walk import Walk
from dsar.identity import Identity, Key
from dsar.records import Exported, Located, Outcome, OutcomeKind, Record, Walked


class Figma(Connector):
    """Finds by id, or by name where no id is known; deletes only what the token's own account wrote."""

    Config: ClassVar[type[SystemConfig]] = FigmaConfig
    can: ClassVar[frozenset[Ability]] = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE, Ability.WALK})
    config: FigmaConfig

    def __init__(self, config: FigmaConfig) -> None:
        super().__init__(config)
        self._account = Account(config)
        self._walk = Walk(self._account, config.team_ids, config.files_per_page)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """One page: a page of the activity log, or the next files of a project.

        A vendor that refuses half-way ends the page there, so that a limit by the minute stops no search for good.
        """
        place = Place.model_validate_json(cursor) if cursor else await self._accounts(identity)
        if place.log is not None:
            return Located(cursor=(await self._read_log(identity, place)).model_dump_json())
        person = Person(identity, place.users)
        if not person.searchable:
            return Located()
        if place.projects is None:
            projects = [project for team in self.config.team_ids for project in await self._account.projects(team)]
            place = place.model_copy(update={"projects": tuple(projects)})
        return await self._searched(place, person)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """A comment's text, and a file's description with the person's entries in its history."""
        comments = await self._comments(records)
        exported = []
        for record in records:
            if comment := comments.get(record.id):
                mine = reactions(record, comment) if is_reaction(record) else []
                exported.append(exported_reactions(record, mine) if mine else exported_comment(record, comment))
            elif is_file(record) and (file := await self._exported_file(record)):
                exported.append(file)
        return exported

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete the token's own comments; everything else becomes a person's task."""
        comments = await self._comments(records)
        return [
            await self._erase_file(record) if is_file(record) else await self._erase(record, comments.get(record.id))
            for record in records
        ]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Look for the comments and the person's entries in the files' histories again."""
        comments = await self._comments(records)
        there = {record.id for record in records if is_file(record) and await self._is_authored(record)}
        return [seen(record, present=record.id in comments or record.id in there) for record in records]

    async def walk(self, cursor: str | None = None) -> Walked:
        """Every comment and every file below the teams. Whole histories are read: a request for 50 entries."""
        return await self._walk.page(cursor, self.config.name)

    async def close(self) -> None:
        """Close the connections."""
        await self._account.close()

    async def _accounts(self, identity: Identity) -> Place:
        """Where a search starts: with the ids at hand, those that SCIM has for the addresses, or the log."""
        users: Accounts = {i: (Key.FIGMA_USER_ID,) for i in identity.values(Key.FIGMA_USER_ID) if i}
        given = addresses(identity)
        if not given or Key.FIGMA_USER_ID in identity.proven_kinds:
            return Place(users=users)
        if self._account.has_scim:
            for address in given:
                users = with_accounts(users, identity, await self._account.users(address))
        if self._account.has_log and not led_by_address(users):
            return Place(users=users, log="")
        if not (users or self._account.has_scim or self._account.has_log or names_of(identity)):
            raise NeedsPerson("Figma cannot be searched by address here", SEARCH_BY_HAND)
        return Place(users=users)

    async def _read_log(self, identity: Identity, place: Place) -> Place:
        page = await self._account.log(place.log or "")
        users = with_accounts(place.users, identity, page.accounts)
        return Place(users=users, log=None if led_by_address(users) else page.cursor)

    async def _searched(self, place: Place, person: Person) -> Located:
        here, found = place, list[Record]()
        try:
            async for reached, records in self._steps(place, person):
                here = reached
                found += records
        except TryLater:
            if here == place:
                raise
        return Located(
            records=tuple(found),
            learned=person.learned(self.config.name) if found else (),
            cursor=here.model_dump_json() if here.projects else None,
        )

    async def _steps(self, place: Place, person: Person) -> AsyncIterator[tuple[Place, list[Record]]]:
        """Walk up to `files_per_page` files of one project: after each request, the place reached and what it gave."""
        if not place.projects:
            return
        project, *rest = place.projects
        files = await self._account.files(project)
        todo = [f for f in files if f.key > place.file or (f.key == place.file and place.before is not None)]
        for file in todo[: self.config.files_per_page]:
            if file.key != place.file:
                place = place.model_copy(update={"file": file.key, "before": ""})
                yield place, await self._commented(file, person)
            while place.before is not None:
                page = await self._account.versions(file.key, place.before)
                mine = [version for version in page.versions if person.is_author(version.user)]
                place = place.model_copy(update={"before": None if mine else page.before})
                yield place, [file_record(file, mine[0], person)] if mine else []
        if len(todo) <= self.config.files_per_page:
            yield place.model_copy(update={"projects": tuple(rest), "file": "", "before": None}), []

    async def _commented(self, file: File, person: Person) -> list[Record]:
        comments = await self._account.comments(file.key)
        mine = [each for each in comments if person.is_author(each.user)]
        written = [comment_record(file, each, person.matched(each.user)) for each in mine]
        return written + [record for each in comments for record in persons_reactions(file, each, person)]

    async def _comments(self, records: Sequence[Record]) -> dict[str, Comment]:
        """The comments that are there, or still have the reactions, by record id; one request a file."""
        asked = [record for record in records if not is_file(record)]
        keys = dict.fromkeys(map(file_of, asked))
        there = {(key, each.id): each for key in keys for each in await self._account.comments(key)}
        held = {record.id: (record, there[comment_of(record)]) for record in asked if comment_of(record) in there}
        return {i: each for i, (record, each) in held.items() if not is_reaction(record) or reactions(record, each)}

    async def _exported_file(self, record: Record) -> Exported | None:
        meta = await self._account.meta(file_of(record))
        versions = [each async for each in self._entries(record)] if meta else []
        return exported_file(record, meta, versions) if meta and versions else None

    async def _entries(self, record: Record) -> AsyncIterator[Version]:
        """The person's entries in a file's history."""
        authors = authors_of(record)
        async for version in self._account.history(file_of(record)):
            if version.user.id in authors:
                yield version

    async def _is_authored(self, record: Record) -> bool:
        async for _ in self._entries(record):
            return True
        return False

    async def _erase(self, record: Record, comment: Comment | None) -> Outcome:
        if comment is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        if is_reaction(record):
            return await self._take_back(record, comment)
        own = self.config.company_token_user_id in {None, comment.user.id}
        if own and await self._account.delete_comment(file_of(record), comment.id):
            return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
        return to_delete_comment(record)

    async def _take_back(self, record: Record, comment: Comment) -> Outcome:
        own = self.config.company_token_user_id in {None, record.state["user"]}
        for each in reactions(record, comment):
            if not own or not await self._account.delete_reaction(*comment_of(record), each.emoji):
                return to_take_back(record)
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)

    async def _erase_file(self, record: Record) -> Outcome:
        if not await self._is_authored(record):
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        return to_delete_file(record)
