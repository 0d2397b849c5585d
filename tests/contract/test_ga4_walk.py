"""Walking through Google Analytics' export: every visitor's days, and how old they count."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from connectors.connector import Ability, Unsupported
from dsar.identity import Key
from dsar.records import Anchor, OutcomeKind, Sighting
from tests.contract.acts import locate, walk
from tests.contract.people import ADA, RESEMBLING
from tests.contract.rigs.ga4 import DATASET, PROPERTY, Ga4Rig, event

SECOND = "410000002"


@pytest.fixture
async def rig() -> AsyncIterator[Ga4Rig]:
    fresh = Ga4Rig()
    async with fresh.start():
        yield fresh


async def plant(rig: Ga4Rig, tables: dict[str, list[dict[str, Any]]], dataset: str = DATASET) -> None:
    """Add these events to an export."""
    state = await rig.state()
    held = state["datasets"].setdefault(dataset, {})
    for name, events in tables.items():
        held.setdefault(name, []).extend(events)
    state["properties"].setdefault(dataset.removeprefix("analytics_"), {})
    await rig.put(state)


def met(seen: list[Sighting]) -> list[tuple[Key, str, str]]:
    """Identifier and day of each record, sorted."""
    carried = [(s.identifiers[0].kind, s.identifiers[0].value, s.record.state["day"]) for s in seen]
    assert all(len(s.identifiers) == 1 and s.record.matched == {s.identifiers[0].kind} for s in seen)
    return sorted(carried)


async def test_every_visitors_days_are_met_under_each_identifier(rig: Ga4Rig) -> None:
    """A browser's, and those of whoever signed in there; events without an identifier are nobody's."""
    await plant(
        rig,
        {
            "events_20260130": [event("20260130", 1, "1.1"), event("20260130", 2, "1.1"), event("20260130", 3, "2.2")],
            "events_20260131": [event("20260131", 1, "1.1", "u-1"), event("20260131", 2, "", "")],
            "events_intraday_20260201": [{**event("20260201", 1, "1.1"), "user_pseudo_id": None}],
        },
    )

    seen = await walk(rig.connector)

    assert met(seen) == [
        (Key.CLIENT_ID, "1.1", "20260130"),
        (Key.CLIENT_ID, "1.1", "20260131"),
        (Key.CLIENT_ID, "2.2", "20260130"),
        (Key.USER_ID, "u-1", "20260131"),
    ]


async def test_a_day_is_as_old_as_the_visitors_last(rig: Ga4Rig) -> None:
    """Google deletes a visitor whole: who still comes loses nothing for a day of years ago."""
    await plant(
        rig,
        {
            "events_20200101": [event("20200101", 1, "1.1"), event("20200101", 1, "2.2")],
            "events_intraday_20260131": [event("20260131", 1, "1.1")],
        },
    )

    seen = await walk(rig.connector)

    assert {(s.identifiers[0].value, s.record.state["day"]): s.record.dates for s in seen} == {
        ("1.1", "20200101"): dict.fromkeys((Anchor.CREATED, Anchor.LAST_INTERACTION), date(2026, 1, 31)),
        ("1.1", "20260131"): dict.fromkeys((Anchor.CREATED, Anchor.LAST_INTERACTION), date(2026, 1, 31)),
        ("2.2", "20200101"): dict.fromkeys((Anchor.CREATED, Anchor.LAST_INTERACTION), date(2020, 1, 1)),
    }


async def test_a_day_that_no_table_of_googles_holds_has_no_date(rig: Ga4Rig) -> None:
    """A copy beside the export is met, and nothing is past its time by its name."""
    await plant(rig, {"events_20200101": [event("20200101", 1, "1.1")], "events_old": [event("20200101", 1, "1.1")]})

    seen = await walk(rig.connector)

    assert [s.record.dates for s in seen] == [{}, {}]


async def test_a_walk_meets_the_records_that_a_search_finds(rig: Ga4Rig) -> None:
    """The same in everything but their dates: whatever can be done with one can be done with the other."""
    await rig.seed(ADA, 5)
    await rig.seed(RESEMBLING[0], 1)
    found = await locate(rig.connector, ADA)

    seen = {s.record.id: s.record for s in await walk(rig.connector)}

    assert len(seen) == 6
    for record in found:
        late = {"late": record.state["late"]}  # a sweep erases what nobody has been for long: nothing comes late
        assert seen[record.id].state | late == record.state
        assert seen[record.id].model_copy(update={"dates": record.dates, "state": record.state}) == record


async def test_what_was_met_is_erased_whole(rig: Ga4Rig) -> None:
    """From every table of the export, and handed to Google once."""
    await rig.seed(ADA, 5)
    await rig.seed(RESEMBLING[0], 1)
    hers = [s.record for s in await walk(rig.connector) if ADA.knows(Key.CLIENT_ID, s.identifiers[0].value)]

    outcomes = await rig.connector.erase(hers)

    submitted = (await rig.state())["properties"][PROPERTY]["deletions"]
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    assert [each["clientId"] for each in submitted] == list(ADA.values(Key.CLIENT_ID))
    assert {s.identifiers[0].value for s in await walk(rig.connector)} == set(RESEMBLING[0].values(Key.CLIENT_ID))


async def test_each_property_is_walked_through_once() -> None:
    """One query for each kind of identifier, however many pages its result has."""
    two = Ga4Rig(properties=(PROPERTY, SECOND))
    async with two.start():
        await two.seed(ADA, 5)
        await plant(two, {"events_20260130": [event("20260130", 1, "1.1", "u-1")]}, f"analytics_{SECOND}")

        seen = await walk(two.connector)

        queries = [c for c in await two.calls() if c["method"] == "POST" and c["path"].endswith("/queries")]
        assert {s.record.state["property_id"] for s in seen} == {PROPERTY, SECOND}
        assert len(seen) == 7
        assert len(queries) == 4


async def test_a_walk_whose_results_google_forgot_begins_that_query_again(rig: Ga4Rig) -> None:
    """Met twice is no harm; left out would be."""
    await rig.seed(ADA, 5)
    first = await rig.connector.walk()
    assert first.cursor
    spot = json.loads(first.cursor)
    spot["place"]["job"] = "job_long_ago"

    again = await rig.connector.walk(json.dumps(spot))

    assert again.sightings == first.sightings


async def test_without_an_export_there_is_nothing_to_walk_through() -> None:
    """It is not declared, and refuses loudly: an empty page would say that nothing is held."""
    blind = Ga4Rig(bigquery_project=None)
    async with blind.start():
        assert Ability.WALK not in blind.connector.can

        with pytest.raises(Unsupported):
            await blind.connector.walk()


async def test_with_an_export_it_is_declared(rig: Ga4Rig) -> None:
    """What the data map says of an entry is what that entry can do."""
    assert Ability.WALK in rig.connector.can
