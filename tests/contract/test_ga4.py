"""Google Analytics, where it is unlike the others: a promise instead of an erasure, and an export beside it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.connector import NeedsPerson, TryLater
from connectors.ga4 import GoogleAnalytics
from connectors.ga4_admin import google_email
from connectors.google_limits import TooFresh, until_midnight
from dsar.identity import Identifier, Identity, Key
from dsar.records import OutcomeKind
from standins.ga4 import service_account
from tests.contract.acts import download, locate
from tests.contract.people import ADA
from tests.contract.rigs.ga4 import DATASET, PROPERTY, Ga4Rig, event

CLIENT = "4711.1700000000"
NOW = datetime.now(UTC)


def known_by(**values: str) -> Identity:
    return Identity(identifiers=tuple(Identifier(kind=Key(kind), value=value) for kind, value in values.items()))


@pytest.fixture
async def rig() -> AsyncIterator[Ga4Rig]:
    fresh = Ga4Rig(clock=lambda: NOW)
    async with fresh.start():
        yield fresh


@pytest.fixture
async def blind() -> AsyncIterator[Ga4Rig]:
    """A rig whose company has no BigQuery export."""
    fresh = Ga4Rig(bigquery_project=None)
    async with fresh.start():
        yield fresh


async def test_an_erasure_is_a_promise_with_a_day_to_look_again(rig: Ga4Rig) -> None:
    """Google takes the order and tells no more: the outcome says when to look again, on the fourth day."""
    await rig.seed(ADA, 1)
    records = await locate(rig.connector, ADA)

    (outcome,) = await rig.connector.erase(records)

    assert (outcome.kind, outcome.check_after) == (OutcomeKind.ACCEPTED, NOW + timedelta(days=4))


async def test_the_identifier_is_handed_over_once_for_all_days(rig: Ga4Rig) -> None:
    """A quota of 500 a day allows no submission for each day of the export."""
    await rig.seed(ADA, 5)
    records = await locate(rig.connector, ADA)

    await rig.connector.erase(records)

    assert await submitted(rig) == [{"clientId": CLIENT}]


async def test_user_id_and_client_id_are_looked_for_each_in_its_column(rig: Ga4Rig) -> None:
    """A signed-in visitor is found under both identifiers, and each is submitted as what it is."""
    await plant(
        rig, "events_20260130", [event("20260130", 1, CLIENT, "user-4711"), event("20260130", 2, "9.9", "user-4711")]
    )

    records = await locate(rig.connector, ADA)
    await rig.connector.erase(records)

    assert [(record.matched, record.state["events"]) for record in records] == [
        (frozenset({Key.CLIENT_ID}), 1),
        (frozenset({Key.USER_ID}), 2),
    ]
    assert await submitted(rig) == [{"clientId": CLIENT}, {"userId": "user-4711"}]
    assert (await rig.state())["datasets"][DATASET]["events_20260130"] == []


async def test_late_events_are_noticed(rig: Ga4Rig) -> None:
    """Daily tables change for three days: what comes after the erasure turns the promise into a refusal."""
    await rig.seed(ADA, 1)
    records = await locate(rig.connector, ADA)
    await rig.connector.erase(records)
    (before,) = await rig.connector.check(records)
    await plant(rig, "events_20260130", [event("20260130", 9, CLIENT)])

    (after,) = await rig.connector.check(records)

    assert (before.kind, after.kind) == (OutcomeKind.ACCEPTED, OutcomeKind.REFUSED)
    assert after.reason


async def test_a_day_that_was_completed_meanwhile_is_erased_too(rig: Ga4Rig) -> None:
    """Found in the intraday table, erased from the daily one that Google replaced it by."""
    await plant(rig, "events_intraday_20260130", [event("20260130", 1, CLIENT)])
    records = await locate(rig.connector, ADA)
    state = await rig.state()
    tables = state["datasets"][DATASET]
    tables["events_20260130"] = tables.pop("events_intraday_20260130")
    await rig.put(state)

    await rig.connector.erase(records)

    assert (await rig.state())["datasets"][DATASET]["events_20260130"] == []


async def test_a_day_in_two_tables_is_one_record(rig: Ga4Rig) -> None:
    """While a day is being completed, its events are in both tables; they are exported together."""
    await plant(rig, "events_intraday_20260130", [event("20260130", 2, CLIENT)])
    await plant(rig, "events_20260130", [event("20260130", 1, CLIENT)])

    records = await locate(rig.connector, ADA)
    (exported,) = await rig.connector.export(records)

    assert [each["event_timestamp"] for each in exported.data["events"]] == [stamp(1), stamp(2)]


async def test_rows_too_fresh_to_delete_are_left_to_the_later_look(rig: Ga4Rig) -> None:
    """BigQuery calls rows in its streaming buffer an invalid query; Google is handed the identifier all the same."""
    await plant(rig, "events_intraday_20260130", [event("20260130", 1, CLIENT)])
    await change(rig, streaming=["events_intraday_20260130"])
    records = await locate(rig.connector, ADA)

    (outcome,) = await rig.connector.erase(records)
    with pytest.raises(TooFresh):
        await rig.connector.look_again(records)
    (still,) = await rig.connector.check(records)
    await change(rig, streaming=[])
    (later,) = await rig.connector.look_again(records)

    assert [each.kind for each in (outcome, still, later)] == [
        OutcomeKind.ACCEPTED,
        OutcomeKind.REFUSED,
        OutcomeKind.ACCEPTED,
    ]
    assert not await rig.present(records[0])
    assert await submitted(rig) == [{"clientId": CLIENT}]


async def test_what_comes_late_is_deleted_by_the_later_look(rig: Ga4Rig) -> None:
    """On the days found, and on those around them for which the export had nothing yet; long before, not."""
    today, before = f"{NOW:%Y%m%d}", f"{NOW - timedelta(days=2):%Y%m%d}"
    await plant(rig, f"events_{before}", [event(before, 1, CLIENT)])
    records = await locate(rig.connector, ADA)
    await rig.connector.erase(records)
    await plant(rig, f"events_{before}", [event(before, 2, CLIENT)])
    await plant(rig, f"events_{today}", [event(today, 3, CLIENT), event(today, 3, "9.9")])
    await plant(rig, "events_20200101", [event("20200101", 3, CLIENT)])

    (before_it,) = await rig.connector.check(records)
    (after,) = await rig.connector.look_again(records)

    tables = (await rig.state())["datasets"][DATASET]
    assert (before_it.kind, after.kind) == (OutcomeKind.REFUSED, OutcomeKind.ACCEPTED)
    assert [len(tables[f"events_{day}"]) for day in (before, today, "20200101")] == [0, 1, 1]
    assert await submitted(rig) == [{"clientId": CLIENT}]


async def test_each_day_that_may_still_be_given_events_belongs_to_one_record(rig: Ga4Rig) -> None:
    """The days between two records are the later one's; those up to tomorrow, somewhere, are the last one's."""
    days = [f"{NOW - timedelta(days=n):%Y%m%d}" for n in (4, 3, 2, 1, 0, -1)]
    for day in (days[1], days[3]):
        await plant(rig, f"events_{day}", [event(day, 1, CLIENT)])

    records = await locate(rig.connector, ADA)

    assert [tuple(record.state["late"]) for record in records] == [(days[0],), (days[2], days[4], days[5])]


async def test_a_busy_day_is_a_file_of_one_event_a_line(rig: Ga4Rig) -> None:
    """More events than a page are never held at once: they are streamed, in order, to the last."""
    await rig.seed(ADA, 1)
    records = await locate(rig.connector, ADA)

    exported = await rig.connector.export(records)
    lines = b"".join(await download(rig.connector, exported)).splitlines()

    assert "events" not in exported[0].data
    assert [file.name for file in exported[0].files] == [f"events-{PROPERTY}-20260130.jsonl"]
    assert [json.loads(line)["event_timestamp"] for line in lines] == [stamp(n) for n in range(5)]


async def test_an_end_without_a_result_is_no_result(rig: Ga4Rig) -> None:
    """BigQuery answers 200 with errors inside: a passing one is tried later, another goes to a person."""
    await rig.seed(ADA, 1)

    await change(rig, fails="backendError")
    with pytest.raises(TryLater):
        await locate(rig.connector, ADA)
    await change(rig, fails="invalidQuery")
    with pytest.raises(NeedsPerson):
        await locate(rig.connector, ADA)


async def test_a_query_that_does_not_end_is_tried_later(rig: Ga4Rig) -> None:
    """Not complete is neither empty nor an endless wait."""
    await rig.seed(ADA, 1)
    await change(rig, slow=1000)

    with pytest.raises(TryLater):
        await locate(rig.connector, ADA)


async def test_a_search_whose_results_google_forgot_starts_that_query_again(rig: Ga4Rig) -> None:
    """Results are kept for a day; a cursor may be older."""
    await rig.seed(ADA, 5)
    browser = known_by(client_id=CLIENT)
    first = await rig.connector.locate(browser)
    assert first.cursor
    spot = json.loads(first.cursor)
    spot["place"]["job"] = "job_long_ago"

    again = await rig.connector.locate(browser, json.dumps(spot))

    assert again.records == first.records


async def test_a_table_that_google_did_not_make_goes_to_a_person(rig: Ga4Rig) -> None:
    """A copy beside the export is found, and not touched by a statement made up from its name."""
    await plant(rig, "events_backup-2025", [event("20250130", 1, CLIENT)])
    records = await locate(rig.connector, ADA)

    with pytest.raises(NeedsPerson) as refused:
        await rig.connector.erase(records)

    assert [record.dates for record in records] == [{}]
    assert "events_*" in refused.value.instructions


# Where nobody can look


async def test_without_an_export_everything_is_assumed_and_says_so(blind: Ga4Rig) -> None:
    """What cannot be looked up is handed to Google all the same, one identifier a request."""
    records = await locate(blind.connector, known_by(client_id=CLIENT, user_id="user-4711"))

    outcomes = await blind.connector.erase(records)
    checked = await blind.connector.check(records)

    assert all("assumed" in record.label and record.state["looked"] is False for record in records)
    assert await submitted(blind) == [{"clientId": CLIENT}, {"userId": "user-4711"}]
    assert {outcome.kind for outcome in (*outcomes, *checked)} == {OutcomeKind.ACCEPTED}
    assert [each.data for each in await blind.connector.export(records)] == [
        {"property": PROPERTY, "clientId": CLIENT},
        {"property": PROPERTY, "userId": "user-4711"},
    ]


async def test_an_address_is_submitted_only_where_addresses_are_collected(rig: Ga4Rig) -> None:
    """A property that collects no user-provided data holds nothing under an address."""
    identity = known_by(email="A.da.Lovelace@Gmail.com")
    without = await locate(rig.connector, identity)
    await change(rig, properties={PROPERTY: {"userProvidedDataCollectionEnabled": True}})

    records = await locate(rig.connector, identity)
    await rig.connector.erase(records)

    assert without == []
    assert await submitted(rig) == [{"userProvidedData": "adalovelace@gmail.com"}]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Ada@Example.com", "ada@example.com"),
        ("a.d.a@example.com", "a.d.a@example.com"),
        (" A.d.a @gmail.com", "ada@gmail.com"),
        ("a.d.a+x@GoogleMail.com", "ada+x@googlemail.com"),
        ("not an address", "notanaddress"),
    ],
)
def test_addresses_are_written_as_google_asks(address: str, expected: str) -> None:
    """Lowercase, no spaces, and no dots before the @ of Gmail's two domains."""
    assert google_email(address) == expected


# Quotas


async def test_a_days_quota_that_is_used_up_waits_for_midnight_in_california(rig: Ga4Rig) -> None:
    """500 a day: asked again before, Google would only refuse again."""
    await rig.seed(ADA, 1)
    records = await locate(rig.connector, ADA)
    await rig.fault("day_used_up")

    with pytest.raises(TryLater) as refused:
        await rig.connector.erase(records)
    (outcome,) = await rig.connector.erase(records)

    assert refused.value.after == until_midnight(NOW)
    assert outcome.kind is OutcomeKind.ACCEPTED


async def test_what_was_handed_over_before_the_quota_ended_is_not_handed_over_again() -> None:
    """A sweep of more visitors than a day allows goes on where it was; a later request is a submission of its own."""
    second = "410000002"
    two = Ga4Rig(bigquery_project=None, properties=(PROPERTY, second))
    async with two.start():
        await change(two, properties={PROPERTY: {}, second: {}})
        records = await locate(two.connector, known_by(client_id=CLIENT))
        fault = {"kind": "day_used_up", "path": f"{second}:submitUserDeletion"}
        async with two.control.post("/_control/faults", json=fault) as answer:
            answer.raise_for_status()

        with pytest.raises(TryLater):
            await two.connector.erase(records)
        await two.connector.erase(records)
        once = [len(each["deletions"]) for each in (await two.state())["properties"].values()]
        await two.connector.erase(records)
        twice = [len(each["deletions"]) for each in (await two.state())["properties"].values()]

        assert (once, twice) == ([1, 1], [2, 2])


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-01-31T10:00+00:00", 22), ("2026-07-01T06:59:00+00:00", 1 / 60), ("2026-03-08T08:00+00:00", 23)],
)
def test_midnight_is_californias(now: str, hours: float) -> None:
    """In winter, in summer, and in the night that has one hour less."""
    assert until_midnight(datetime.fromisoformat(now)) == timedelta(hours=hours)


# Apps


@pytest.mark.parametrize(
    ("streams", "fields"),
    [
        (["IOS_APP_DATA_STREAM"], ["appInstanceId"]),
        (["WEB_DATA_STREAM"], ["clientId"]),
        (["WEB_DATA_STREAM", "ANDROID_APP_DATA_STREAM"], ["appInstanceId", "clientId"]),
        ([], ["clientId"]),
    ],
)
async def test_an_apps_instance_is_submitted_as_what_it_is(rig: Ga4Rig, streams: list[str], fields: list[str]) -> None:
    """In the export it stands where a client id does; the property's streams say which of the two it can be."""
    instance = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    await change(rig, properties={PROPERTY: {"dataStreams": streams}})
    await plant(rig, "events_20260130", [event("20260130", 1, instance)])
    records = await locate(rig.connector, known_by(client_id=instance))

    await rig.connector.erase(records)

    assert await submitted(rig) == [{field: instance} for field in fields]
    assert not await rig.present(records[0])


# Several properties


async def test_a_person_is_found_and_deleted_in_each_property() -> None:
    """One company, two sites: a record for each, and each property is handed the identifier."""
    second = "410000002"
    two = Ga4Rig(properties=(PROPERTY, second))
    async with two.start():
        state = await two.state()
        state["datasets"][f"analytics_{second}"] = {"events_20260201": [event("20260201", 1, CLIENT)]}
        state["properties"][second] = {}
        await two.put(state)
        await plant(two, "events_20260130", [event("20260130", 1, CLIENT)])
        records = await locate(two.connector, known_by(client_id=CLIENT))

        await two.connector.erase(records)

        left = await two.state()
        assert [record.state["property_id"] for record in records] == [PROPERTY, second]
        assert [len(left["properties"][each]["deletions"]) for each in (PROPERTY, second)] == [1, 1]
        assert left["datasets"][f"analytics_{second}"]["events_20260201"] == []


# Tokens


async def test_one_token_serves_everyone_at_once(rig: Ga4Rig) -> None:
    """Many searches that start together ask for one token, and later ones for none."""
    await rig.seed(ADA, 1)

    await asyncio.gather(*(locate(rig.connector, ADA) for _ in range(5)))
    await locate(rig.connector, ADA)

    assert await asked(rig, "/token") == 1


async def test_a_token_is_renewed_before_its_end() -> None:
    """An hour later another one is asked for."""
    now = [datetime.now(UTC)]
    rig = Ga4Rig(clock=lambda: now[0])
    async with rig.start():
        await locate(rig.connector, ADA)
        now[0] += timedelta(minutes=59)
        with pytest.raises(NeedsPerson):  # the stand-in's own clock did not move: to it, the assertion is of the future
            await locate(rig.connector, ADA)

        assert await asked(rig, "/token") == 2


async def test_a_token_that_was_refused_is_not_used_again(rig: Ga4Rig) -> None:
    """Revoked before its end: the next attempt starts with a new one."""
    await rig.seed(ADA, 1)
    await locate(rig.connector, ADA)
    await rig.fault("unauthorised")
    with pytest.raises(NeedsPerson):
        await locate(rig.connector, ADA)

    records = await locate(rig.connector, ADA)

    assert len(records) == 1
    assert await asked(rig, "/token") == 2


@pytest.mark.parametrize("secret", ["not a key file", "{}", json.dumps(service_account("https://example.com"))])
async def test_a_key_that_is_not_good_needs_a_person(rig: Ga4Rig, secret: str) -> None:
    """Nonsense, half a key file, or another account's key: somebody is told where a new one comes from."""
    connector = GoogleAnalytics(rig.connector.config.model_copy(update={"secret": SecretStr(secret)}))

    with pytest.raises(NeedsPerson) as refused:
        await locate(connector, ADA)
    await connector.close()

    assert "JSON key" in refused.value.instructions
    assert secret not in f"{refused.value} {refused.value.instructions}"


def stamp(hour: int) -> str:
    return str(event("20260130", hour, CLIENT)["event_timestamp"])


async def plant(rig: Ga4Rig, table: str, rows: list[dict[str, Any]]) -> None:
    state = await rig.state()
    state["datasets"][DATASET].setdefault(table, []).extend(rows)
    await rig.put(state)


async def change(rig: Ga4Rig, **parts: Any) -> None:
    await rig.put(await rig.state() | parts)


async def submitted(rig: Ga4Rig) -> list[dict[str, str]]:
    deletions = (await rig.state())["properties"][PROPERTY].get("deletions", [])
    return [{name: each[name] for name in each if name != "deletionRequestTime"} for each in deletions]


async def asked(rig: Ga4Rig, path: str) -> int:
    return sum(call["path"] == path for call in await rig.calls())
