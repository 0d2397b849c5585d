"""Walking through all of Figma: every comment and file, whose they say they are, and how far a minute reaches."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.connector import TryLater
from connectors.figma_walk import Spot
from dsar.identity import Key
from dsar.records import Anchor, OutcomeKind, Sighting, Walked
from standins.figma import comment, event, user, version
from tests.contract.acts import locate, walk
from tests.contract.people import ADA, RESEMBLING
from tests.contract.rigs.figma import FigmaRig

GRACE = user("815", "Grace Hopper")
STUDIO = "900"


@pytest.fixture
async def rig() -> AsyncIterator[FigmaRig]:
    fresh = FigmaRig()
    async with fresh.start():
        yield fresh


def files(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for project in state["teams"][0]["projects"] for each in project["files"]]


def whose(seen: list[Sighting]) -> dict[str, list[str]]:
    assert {i.kind for s in seen for i in s.identifiers} == {Key.FIGMA_USER_ID}
    return {s.record.id: [i.value for i in s.identifiers] for s in seen}


async def interrupted(rig: FigmaRig) -> list[Walked]:
    """A walk, page for page, in which Figma refuses once to go on in each history."""
    fault = {"kind": "rate_limit", "times": 1, "path": "before="}
    pages, cursor = list[Walked](), None
    while not pages or cursor is not None:
        if cursor is None or Spot.model_validate_json(cursor).before is None:
            async with rig.control.post("/_control/faults", json=fault) as answer:
                answer.raise_for_status()
        pages.append(await rig.connector.walk(cursor))
        cursor = pages[-1].cursor
    return pages


async def test_every_comment_carries_its_author_and_every_file_all_in_its_history(rig: FigmaRig) -> None:
    """Whoever they are, and nobody twice."""
    await rig.seed(ADA, 5)
    await rig.seed(RESEMBLING[0], 1)

    seen = await walk(rig.connector)

    assert whose(seen) == {
        "comment:key22a:4711-0": ["4711"],
        "comment:key23a:4711-2": ["4711"],
        "comment:key23b:4711-3": ["4711"],
        "comment:key22a:4711-4": ["4711"],
        "comment:key22a:47110-0": ["47110"],
        "file:key22a": [STUDIO],
        "file:key22b": ["4711", STUDIO],
        "file:key23a": [STUDIO],
        "file:key23b": [STUDIO],
    }
    assert len(seen) == 9
    assert all(s.record.matched == {Key.FIGMA_USER_ID} for s in seen)


async def test_a_walk_meets_all_that_a_search_finds(rig: FigmaRig) -> None:
    """Under the same ids, in the same categories."""
    await rig.seed(ADA, 5)
    found = {record.id: record.category for record in await locate(rig.connector, ADA)}

    seen = {s.record.id: s.record.category for s in await walk(rig.connector)}

    assert found.items() <= seen.items()


async def test_a_file_is_as_old_as_the_last_entry_in_its_history(rig: FigmaRig) -> None:
    """Not as the last entry on the last page of it; a comment has its own day."""
    state = await rig.state()
    first = files(state)[0]
    first["versions"].append(version("1000", GRACE, created_at="2026-03-04T10:00:00Z"))
    first["comments"].append(comment("7", first["key"], GRACE, "Hello", created_at="2020-01-02T10:00:00Z"))
    await rig.put(state)

    seen = {s.record.id: s.record for s in await walk(rig.connector)}

    assert seen["file:key22a"].dates == dict.fromkeys((Anchor.CREATED, Anchor.LAST_INTERACTION), date(2026, 3, 4))
    assert seen["comment:key22a:7"].dates[Anchor.CREATED] == date(2020, 1, 2)


async def test_a_file_that_nobody_is_in_is_nobodys(rig: FigmaRig) -> None:
    """Without a history there is nobody to be told from it."""
    state = await rig.state()
    for each in files(state):
        each["versions"] = []
    await rig.put(state)

    assert await walk(rig.connector) == []


async def test_what_was_met_is_erased_like_what_was_searched(rig: FigmaRig) -> None:
    """The token's own comments go; a person is told of the others, and of everybody in a file's history."""
    await rig.seed(ADA, 2)
    await rig.seed(RESEMBLING[0], 1)
    records = {s.record.id: s.record for s in await walk(rig.connector)}
    wanted = [records[i] for i in ("comment:key22a:4711-0", "comment:key22a:47110-0", "file:key22b")]

    outcomes = await rig.connector.erase(wanted)
    checked = await rig.connector.check(wanted)

    kinds = [OutcomeKind.ERASED, OutcomeKind.NEEDS_PERSON, OutcomeKind.NEEDS_PERSON]
    assert [outcome.kind for outcome in outcomes] == kinds
    assert "4711, 900" in outcomes[2].instructions
    assert [c.kind for c in checked] == [OutcomeKind.ERASED, OutcomeKind.REFUSED, OutcomeKind.REFUSED]


async def test_a_limit_by_the_minute_stops_no_walk_for_good(rig: FigmaRig) -> None:
    """What was reached before the refusal counts, also in the middle of a history: nothing is left out or met twice."""
    await rig.seed(ADA, 3)
    whole = whose(await walk(rig.connector))

    pages = await interrupted(rig)

    seen = [sighting for page in pages for sighting in page.sightings]
    assert any(Spot.model_validate_json(page.cursor).before for page in pages if page.cursor)
    assert whose(seen) == whole
    assert len(seen) == len(whole)


async def test_a_refusal_of_the_first_request_is_told(rig: FigmaRig) -> None:
    """With the wait that Figma asks for; nothing was reached."""
    await rig.fault("rate_limit")

    with pytest.raises(TryLater) as refused:
        await rig.connector.walk()

    assert refused.value.after == timedelta(seconds=1)


async def test_a_project_without_files_and_one_that_is_gone_end_no_walk(rig: FigmaRig) -> None:
    """The next project follows."""
    state = await rig.state()
    state["teams"][0]["projects"].insert(0, {"id": "21", "name": "Empty", "files": []})
    await rig.put(state)
    page = await rig.connector.walk()
    state["teams"][0]["projects"].pop(1)
    await rig.put(state)

    ids = []
    while page.cursor is not None:
        page = await rig.connector.walk(page.cursor)
        ids += [s.record.id for s in page.sightings]

    assert ids == ["file:key23a", "file:key23b"]


async def test_nothing_is_asked_of_log_or_scim(rig: FigmaRig) -> None:
    """No address is looked up: accounts are told by what they wrote."""
    state = await rig.state()
    state["activity_logs"] = [event("1", 1, GRACE, "grace@example.com")]
    await rig.put(state)

    await walk(rig.connector)

    assert {call["path"].split("/")[1] for call in await rig.calls()} == {"v1"}
    assert not [call for call in await rig.calls() if "activity_logs" in call["path"]]
