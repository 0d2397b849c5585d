"""Looking for a person, page by page: each kind of record by each way to find it and each identifier that is known."""

from collections.abc import Sequence
from typing import NamedTuple

from connectors.connector import NeedsPerson, TryLater
from connectors.declared_config import DeclaredConfig, Find, Thing
from connectors.declared_records import FoundBy, id_of, identifiers, record_of
from connectors.declared_requests import Page, Place, Requests, Thingy, may_be_asked
from dsar.frozen import Frozen
from dsar.identity import STRENGTH, Identifier, Identity, Strength, normalise
from dsar.records import Located, Record

MOST_PAGES = 10_000
"""In which a record that was found once is looked for again."""


class Question(NamedTuple):
    """One thing that is asked for."""

    name: str
    thing: Thing
    find: Find
    by: FoundBy


class Spot(Frozen):
    """The cursor: which question, and where in its answer."""

    question: int = 0
    place: Place = None
    first: str = ""
    """The first record of the page before: a system that heeds no paging shows it again."""
    seen: frozenset[str] = frozenset()
    """What earlier questions of this kind of record found."""


class Search:
    """A page at a time; nothing is kept in between."""

    def __init__(self, config: DeclaredConfig, requests: Requests) -> None:
        self._config = config
        self._requests = requests

    async def page(self, identity: Identity, cursor: str | None) -> Located:
        """What one request finds, those kept that are the person's: whatever the system takes for a match."""
        spot = Spot.model_validate_json(cursor) if cursor else Spot()
        questions = self._questions(identity)
        if spot.question >= len(questions):
            return Located()
        question = questions[spot.question]
        page = await self._asked(question, spot.place)
        shown = id_of(page.records[0], question.thing) if page.records else ""
        must_move(self._config.title, shown, spot.first, question.find.path)
        hers: list[Record] = []
        learned: list[Identifier] = []
        for item in page.records:
            said = identifiers(item, question.thing, self._config.name)
            matched = frozenset(each.kind for each in said if identity.knows(each.kind, each.value))
            record = record_of(item, question.name, question.thing, matched, question.by)
            if matched and record.id not in spot.seen and record.id not in {each.id for each in hers}:
                hers.append(record)
            if any(STRENGTH[kind] is Strength.UNIQUE for kind in matched):
                learned += [each for each in said if each.kind in self._config.learns]
        return Located(
            records=tuple(hers),
            learned=tuple(dict.fromkeys(learned)),
            cursor=_following(questions, spot, page, shown, {record.id for record in hers}),
        )

    async def again(self, records: Sequence[Record]) -> dict[str, Thingy]:
        """These records as they are now, by their ids, each looked for by what it was found by; gone is left out."""
        wanted: dict[tuple[str, int, str], dict[str, str]] = {}
        for record in records:
            by = FoundBy.model_validate(record.state["by"])
            wanted.setdefault((record.state["thing"], by.find, by.value), {})[record.state["id"]] = record.id
        held: dict[str, Thingy] = {}
        for (name, find, value), ids in wanted.items():
            thing = self._config.things[name]
            question = Question(name, thing, thing.find[find], FoundBy(find=find, value=value))
            held |= {ids[n]: item for n, item in (await self._everything(question)).items() if n in ids}
        return held

    async def _everything(self, question: Question) -> dict[str, Thingy]:
        held: dict[str, Thingy] = {}
        place: Place = None
        shown = ""
        for _ in range(MOST_PAGES):
            page = await self._asked(question, place)
            items = {id_of(item, question.thing): item for item in page.records}
            must_move(self._config.title, next(iter(items), ""), shown, question.find.path)
            shown = next(iter(items), "")
            held |= items
            place = page.next
            if place is None:
                return held
        raise TryLater(f"{self._config.title}: {question.find.path} has no last page")

    async def _asked(self, question: Question, place: Place) -> Page:
        values = {str(question.find.by): question.by.value}
        return await self._requests.page(question.find, values, place, question.find.none)

    def _questions(self, identity: Identity) -> list[Question]:
        """As given, and as compared: not every system says whether capitals matter."""
        return [
            Question(name, thing, find, FoundBy(find=number, value=value))
            for name, thing in self._config.things.items()
            for number, find in enumerate(thing.find)
            for value in dict.fromkeys(
                form.strip() for given in identity.values(find.by) for form in (given, normalise(find.by, given))
            )
            if may_be_asked(find, value)
        ]


def must_move(title: str, shown: str, before: str, path: str) -> None:
    """Refuse a system that shows the same page whatever it is asked for: it would be read for ever."""
    if shown and shown == before:
        raise NeedsPerson(
            f"{title}: {path} shows the same page again",
            "The parameter that systems.toml names under `paging` has no effect there. Correct it, restart the worker.",
        )


def _following(questions: Sequence[Question], spot: Spot, page: Page, shown: str, found: set[str]) -> str | None:
    """The next page, or the next question."""
    seen = spot.seen | found
    if page.next is not None:
        return spot.model_copy(update={"place": page.next, "first": shown, "seen": seen}).model_dump_json()
    if spot.question + 1 >= len(questions):
        return None
    is_same = questions[spot.question + 1].name == questions[spot.question].name
    return Spot(question=spot.question + 1, seen=seen if is_same else frozenset()).model_dump_json()
