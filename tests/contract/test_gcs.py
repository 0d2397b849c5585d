"""What Google Cloud Storage is peculiar about: generations, holds, retention, and bytes that outlive their deletion."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from connectors.connector import NeedsPerson, TryLater
from connectors.gcs import GoogleCloudStorage
from connectors.gcs_marks import MARK
from dsar.identity import Identifier, Key
from dsar.records import Anchor, Lock, OutcomeKind, Record
from standins.serving import serving
from tests.contract.acts import locate, walk
from tests.contract.rigs.gcs import BUCKET, GcsRig, config, state
from tests.contract.test_s3 import HOSTILE, person

ME = person("42")
NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=30)
WEEK = 7 * 86_400


@pytest.fixture
async def rig() -> AsyncIterator[GcsRig]:
    fresh = GcsRig()
    async with fresh.start():
        yield fresh


def stored(name: str, generation: int = 1, **more: Any) -> dict[str, Any]:
    """A generation of an object in the person's folder."""
    return {"name": f"clients/42/{name}", "generation": str(generation), **more}


def locks(records: list[Record]) -> dict[str, Lock | None]:
    return {record.label.removeprefix("clients/42/"): record.lock for record in records}


async def test_every_generation_is_erased_by_its_number(rig: GcsRig) -> None:
    """A plain DELETE would only make the live one non-current; what was put since is not touched."""
    await rig.put(state(*(stored("a.txt", n, created="2026-01-31T10:00:00Z") for n in (1, 2, 3))))
    records = await locate(rig.connector, ME)
    held = await rig.state()
    held["buckets"][BUCKET]["objects"].append(stored("a.txt", 4))
    await rig.put(held)

    outcomes = await rig.connector.erase(records)

    assert [record.dates for record in records] == [{Anchor.CREATED: datetime(2026, 1, 31, tzinfo=UTC).date()}] * 3
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}
    assert [record.state["generation"] for record in await locate(rig.connector, ME)] == ["4"]
    asked = [each["path"] for each in await rig.calls() if each["method"] == "DELETE"]
    assert all("generation=" in path and "ifGenerationMatch=" in path for path in asked)


async def test_what_google_has_locked_is_kept_and_told_until_when_and_why(rig: GcsRig) -> None:
    """Holds have no end; a retention has one, counted by Google; an unlocked one is not overridden."""
    await rig.put(
        state(
            stored("temporary", temporary_hold=True, retain_until=LATER.isoformat()),
            stored("event", event_based_hold=True),
            stored("bucket", retain_until=LATER.isoformat()),
            stored("own", retain_until=LATER.isoformat(), retention_mode="Unlocked"),
            stored("over", retain_until="2020-01-01T00:00:00Z"),
            stored("free"),
        )
    )
    basis = "Google Cloud Storage "

    records = await locate(rig.connector, ME)
    outcomes = await rig.connector.erase(records)
    checked = await rig.connector.check(records)

    assert locks(records) == {
        "temporary": Lock(basis=f"{basis}temporary hold"),
        "event": Lock(basis=f"{basis}event-based hold"),
        "bucket": Lock(basis=f"{basis}bucket retention", until=LATER.date()),
        "own": Lock(basis=f"{basis}object retention (Unlocked)", until=LATER.date()),
        "over": None,
        "free": None,
    }
    for record, outcome, seen in zip(records, outcomes, checked, strict=True):
        if record.lock:
            assert outcome.kind is OutcomeKind.RETAINED
            assert (outcome.basis, outcome.until) == (record.lock.basis, record.lock.until)
            assert seen.kind is OutcomeKind.REFUSED
        else:
            assert [outcome.kind, seen.kind] == [OutcomeKind.ERASED] * 2


async def test_a_refusal_that_no_lock_explains_needs_a_person(rig: GcsRig) -> None:
    """A missing right is nothing that waiting heals, and no retention."""
    await rig.put(state(stored("a.txt", refuses="forbidden")))
    records = await locate(rig.connector, ME)

    with pytest.raises(NeedsPerson) as refused:
        await rig.connector.erase(records)

    assert "credential" in refused.value.instructions


async def test_what_is_soft_deleted_is_accepted_until_google_deletes_it_for_good(rig: GcsRig) -> None:
    """Google's default: seven days in which anybody with the right can restore it. Said in words."""
    await rig.put(state(stored("a.txt"), soft_delete_seconds=WEEK))
    records = await locate(rig.connector, ME)

    outcomes = [*await rig.connector.erase(records), *await rig.connector.erase(records)]
    (before,) = await rig.connector.check(records)
    held = await rig.state()
    until = datetime.fromisoformat(held["buckets"][BUCKET]["objects"][0]["hard_delete"])
    held["buckets"][BUCKET]["objects"][0]["hard_delete"] = "2020-01-01T00:00:00Z"
    await rig.put(held)
    (after,) = await rig.connector.check(records)
    (again,) = await rig.connector.erase(records)

    assert [outcome.kind for outcome in (*outcomes, before)] == [OutcomeKind.ACCEPTED] * 3
    assert all(outcome.check_after and outcome.check_after > until for outcome in (*outcomes, before))
    assert (
        before.reason
        == f"soft-deleted: Google can restore it until {until:%Y-%m-%d} and deletes it for good after that"
    )
    assert after.kind is OutcomeKind.ERASED
    assert again.kind is OutcomeKind.NOT_FOUND


async def test_what_was_soft_deleted_before_is_found_and_told(rig: GcsRig) -> None:
    """It can still be restored; it has no content to give, and a walk passes it over."""
    await rig.put(state(stored("a", hard_delete=LATER.isoformat()), stored("b"), soft_delete_seconds=WEEK))

    records = {record.label: record for record in await locate(rig.connector, ME)}
    soft = records["clients/42/a (soft-deleted)"]
    (exported,) = await rig.connector.export([soft])
    (restricted,) = await rig.connector.restrict([soft])
    (outcome,) = await rig.connector.erase([soft])
    seen = await walk(rig.connector)

    assert records.keys() == {"clients/42/a (soft-deleted)", "clients/42/b"}
    assert exported.files == ()
    assert exported.data["content"] == f"soft-deleted: Google deletes it for good after {LATER:%Y-%m-%d}"
    assert restricted.kind is OutcomeKind.NOT_FOUND
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert [each.record.label for each in seen] == ["clients/42/b"]


async def test_a_promise_that_google_did_not_keep_is_told(rig: GcsRig) -> None:
    """Long after the time that Google named, what is still there is no longer on its way out."""
    await rig.put(state(stored("a", hard_delete="2026-01-01T00:00:00Z", lingers=True), soft_delete_seconds=WEEK))
    records = await locate(rig.connector, ME)

    (outcome,) = await rig.connector.check(records)

    assert outcome.kind is OutcomeKind.REFUSED
    assert "still has it" in outcome.reason


async def test_while_hard_deletion_is_paused_nothing_is_promised(rig: GcsRig) -> None:
    """The time that Google names does not hold then: it is kept, without an end."""
    await rig.put(state(stored("a.txt"), soft_delete_seconds=WEEK, hard_delete_paused=True))
    records = await locate(rig.connector, ME)

    (outcome,) = await rig.connector.erase(records)
    (checked,) = await rig.connector.check(records)

    assert checked.kind is OutcomeKind.REFUSED
    assert outcome.kind is OutcomeKind.RETAINED
    assert outcome.until is None
    assert "paused" in outcome.basis


async def test_custom_metadata_says_whose_a_shared_object_is() -> None:
    """In all generations of a name that one of them is marked with, whatever the pages' borders."""
    rig = GcsRig(
        buckets=({"name": BUCKET, "prefixes": ["shared/"]},),
        tag={"key": "customer", "kind": "customer_id"},
        page_size=3,
    )
    mine, other = {"metadata": {"customer": "42"}}, {"metadata": {"customer": "421"}}
    objects = [
        {"name": f"shared/{name}", "generation": str(n), **(said if n == 2 else {})}
        for name, said in (("a", mine), ("b", other), ("c", mine), ("d", {}))
        for n in (1, 2)
    ]

    async with rig.start():
        await rig.put(state(*objects))
        records = await locate(rig.connector, ME)
        seen = await walk(rig.connector)

    assert sorted(record.label for record in records) == ["shared/a"] * 2 + ["shared/c"] * 2
    assert {record.matched for record in records} == {frozenset({Key.CUSTOMER_ID})}
    carried = {each.record.label: {i.value for i in each.identifiers} for each in seen}
    assert carried == {"shared/a": {"42"}, "shared/b": {"421"}, "shared/c": {"42"}, "shared/d": set()}
    assert all(i == Identifier(kind=Key.CUSTOMER_ID, value=i.value) for each in seen for i in each.identifiers)


def test_a_place_of_many_people_needs_metadata_that_tells_them_apart() -> None:
    """Else everything there would be everybody's."""
    with pytest.raises(ValidationError, match="names no person"):
        config("http://127.0.0.1", buckets=({"name": BUCKET, "prefixes": ["shared/"]},))


async def test_a_mark_is_taken_off_by_who_set_it_only(rig: GcsRig) -> None:
    """And what others wrote beside it stays; a hold does not stand in its way."""
    await rig.put(state(stored("a.txt", metadata={"team": "x"}, temporary_hold=True)))
    first = await locate(rig.connector, ME)
    second = await locate(rig.connector, ME)

    await rig.connector.restrict(first)
    await rig.connector.restrict(second)
    await rig.connector.restore(second)
    marked = (await rig.state())["buckets"][BUCKET]["objects"][0]["metadata"]
    await rig.connector.restore(first)
    unmarked = (await rig.state())["buckets"][BUCKET]["objects"][0]["metadata"]

    assert marked == {"team": "x", MARK: first[0].state["located"]}
    assert unmarked == {"team": "x"}


async def test_names_that_break_careless_clients_are_found_read_and_erased_in_the_cloud(rig: GcsRig) -> None:
    """Names are any text but line breaks; they pass through URLs and JSON unharmed, both ways."""
    names = [name for name in HOSTILE if "\n" not in name and "\r" not in name]
    await rig.put(state(*(stored(name, body="content") for name in names)))

    records = await locate(rig.connector, ME)
    exported = await rig.connector.export(records)
    bodies = [b"".join([chunk async for chunk in rig.connector.open(file)]) for e in exported for file in e.files]
    outcomes = await rig.connector.erase(records)

    assert {record.state["key"].removeprefix("clients/42/") for record in records} == set(names)
    assert bodies == [b"content"] * len(names)
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}


async def test_content_that_comes_as_a_proxys_page_is_tried_again(rig: GcsRig) -> None:
    """Its length is known beforehand; and what went away meanwhile is no error of the credential."""
    await rig.put(state(stored("a.txt", body="content")))
    records = await locate(rig.connector, ME)
    (exported,) = await rig.connector.export(records)

    await rig.fault("html")
    with pytest.raises(TryLater, match="bytes"):
        [chunk async for chunk in rig.connector.open(exported.files[0])]
    await rig.connector.erase(records)
    with pytest.raises(TryLater, match="went away"):
        [chunk async for chunk in rig.connector.open(exported.files[0])]


async def test_a_404_that_is_not_googles_says_nothing_of_an_object() -> None:
    """A gateway that lost its way must not pass for an erasure."""

    async def lost(_: web.Request) -> web.Response:
        return web.Response(status=404, text="<html>not found</html>", content_type="text/html")

    async def token(_: web.Request) -> web.Response:
        return web.json_response({"access_token": "x", "expires_in": 3600})

    record = Record(
        id="x", category="x", matched=frozenset(), state={"bucket": BUCKET, "key": "clients/42/a", "generation": "1"}
    )
    gateway = web.Application()
    gateway.router.add_post("/token", token)
    gateway.router.add_route("*", "/{path:.*}", lost)

    async with serving(gateway) as address:
        connector = GoogleCloudStorage(config(address))
        refused = []
        for act in (connector.export, connector.restrict):
            with pytest.raises(TryLater) as said:
                await act([record])
            refused.append(said.value.why)
        await connector.close()

    assert all("not JSON" in why for why in refused)
