"""What Azure Blob Storage is peculiar about: versions, snapshots, holds, leases, and bytes that outlive deletion."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr, ValidationError

from connectors.azure_blob import AzureBlob
from connectors.connector import NeedsPerson, TryLater
from dsar.identity import Key
from dsar.records import Anchor, Lock, Outcome, OutcomeKind, Record
from standins.serving import serving
from tests.contract.acts import locate, walk
from tests.contract.rigs.azure_blob import CONTAINER, SECRET, AzureBlobRig, config, state
from tests.contract.test_s3 import HOSTILE, person

ME = person("42")
LATER = datetime.now(UTC) + timedelta(days=30)
FIRST, SECOND = "2026-01-31T12:00:00.0000001Z", "2026-01-31T12:00:00.0000002Z"


@pytest.fixture
async def rig() -> AsyncIterator[AzureBlobRig]:
    fresh = AzureBlobRig()
    async with fresh.start():
        yield fresh


def blob(name: str, **more: Any) -> dict[str, Any]:
    """A blob in the person's folder."""
    current = not more.get("snapshot")
    return {"name": f"clients/42/{name}", "body": "text", "content_type": "text/plain", "current": current, **more}


async def holding(rig: AzureBlobRig, *blobs: dict[str, Any], **account: Any) -> list[Record]:
    """Give the stand-in these blobs, and find the person's."""
    await rig.put(state(*blobs, **account))
    return await locate(rig.connector, ME)


async def left(rig: AzureBlobRig) -> list[str]:
    return [each["name"] for each in (await rig.state())["containers"][CONTAINER]["blobs"]]


def by_name(records: list[Record], outcomes: Any) -> dict[str, Outcome]:
    return {record.state["key"].removeprefix("clients/42/"): o for record, o in zip(records, outcomes, strict=True)}


async def test_every_version_is_erased_by_its_id_the_current_one_too(rig: AzureBlobRig) -> None:
    """Azure refuses to delete the current version by its id: it is first made an earlier one, as it was seen."""
    old, new = (
        blob("a", version_id=FIRST, current=False, last_modified="2026-01-31T12:00:00Z"),
        blob("a", version_id=SECOND),
    )
    records = await holding(rig, old, new)

    outcomes = await rig.connector.erase(records)

    assert [record.state["version"] for record in records] == [FIRST, SECOND]
    assert records[0].dates == {Anchor.CREATED: datetime(2026, 1, 31, tzinfo=UTC).date()}
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}
    assert await left(rig) == []


async def test_what_azure_has_locked_is_kept_where_it_is(rig: AzureBlobRig) -> None:
    """Told until when and why; a current version that is locked is not hidden by making it an earlier one."""
    locked = {
        "held": blob("held", legal_hold=True, version_id=FIRST),
        "kept": blob("kept", immutable_until=LATER.isoformat(), version_id=FIRST),
        "plain": blob("plain", immutable_until=LATER.isoformat()),
        "over": blob("over", immutable_until="2020-01-01T00:00:00Z"),
    }
    records = await holding(rig, *locked.values())
    until = Lock(basis="Azure immutability policy (unlocked)", until=LATER.date())

    outcomes = by_name(records, await rig.connector.erase(records))

    assert {record.label.removeprefix("clients/42/"): record.lock for record in records} == {
        "held": Lock(basis="Azure legal hold"),
        "kept": until,
        "plain": until,
        "over": None,
    }
    assert {name: (o.kind, o.basis, o.until) for name, o in outcomes.items()} == {
        "held": (OutcomeKind.RETAINED, "Azure legal hold", None),
        "kept": (OutcomeKind.RETAINED, until.basis, until.until),
        "plain": (OutcomeKind.RETAINED, until.basis, until.until),
        "over": (OutcomeKind.ERASED, "", None),
    }
    blobs = (await rig.state())["containers"][CONTAINER]["blobs"]
    assert {each["name"] for each in blobs if each["current"]} == {f"clients/42/{n}" for n in ("held", "kept", "plain")}


async def test_a_containers_own_policy_keeps_without_a_date(rig: AzureBlobRig) -> None:
    """Its end stands in the portal, not in what is said of a blob."""
    await rig.put({"containers": {CONTAINER: {"immutable": True, "blobs": [blob("a")]}}})
    records = await locate(rig.connector, ME)

    (outcome,) = await rig.connector.erase(records)

    assert outcome.kind is OutcomeKind.RETAINED
    assert outcome.until is None
    assert "container" in outcome.basis


async def test_snapshots_go_before_the_blob_that_they_are_of(rig: AzureBlobRig) -> None:
    """One by one, each as a record; Azure is never told to take along what nobody looked at."""
    records = await holding(rig, blob("a", snapshot=FIRST), blob("a", snapshot=SECOND), blob("a"))

    outcomes = await rig.connector.erase(records[::-1])

    assert len({record.id for record in records}) == 3
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}
    assert await left(rig) == []


async def test_a_snapshot_that_stays_keeps_its_blob(rig: AzureBlobRig) -> None:
    """By its lock; one that came since the search is a person's to judge."""
    records = await holding(
        rig, blob("kept", snapshot=FIRST, immutable_until=LATER.isoformat()), blob("kept"), blob("new")
    )
    held = await rig.state()
    held["containers"][CONTAINER]["blobs"].append(blob("new", snapshot=SECOND))
    await rig.put(held)

    outcomes = await rig.connector.erase(records)

    assert [(o.kind, o.until) for o in outcomes] == [
        (OutcomeKind.RETAINED, LATER.date()),
        (OutcomeKind.RETAINED, LATER.date()),
        (OutcomeKind.NEEDS_PERSON, None),
    ]
    assert "snapshots that came since" in outcomes[2].instructions
    assert len(await left(rig)) == 4


async def test_a_leased_blob_is_a_persons_task(rig: AzureBlobRig) -> None:
    """Some program holds it: waiting does not help, a lease can be without end."""
    records = await holding(rig, blob("a", leased=True))

    (outcome,) = await rig.connector.erase(records)

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "break the lease" in outcome.instructions


@pytest.mark.parametrize("which", [{}, {"version_id": FIRST}, {"snapshot": FIRST}])
async def test_what_is_soft_deleted_is_accepted_until_its_window_ends(rig: AzureBlobRig, which: dict[str, str]) -> None:
    """Found as such, without content to give; nothing more is asked of it than to be looked at again."""
    records = await holding(rig, blob("a", **which), soft_delete_days=7)

    outcomes = [*await rig.connector.erase(records), *await rig.connector.erase(records)]
    found = await locate(rig.connector, ME)
    (exported,) = await rig.connector.export(found)
    outcomes += [*await rig.connector.erase(found), *await rig.connector.check(found)]
    seen = await walk(rig.connector)
    held = await rig.state()
    (it,) = held["containers"][CONTAINER]["blobs"]
    it |= {"deleted": "2026-01-01T00:00:00Z", "deleted_until": (datetime.now(UTC) + timedelta(hours=2)).isoformat()}
    await rig.put(held)
    (late,) = await rig.connector.check(found)
    it["deleted_until"] = "2020-01-01T00:00:00Z"
    await rig.put(held)
    (after,) = await rig.connector.check(found)

    assert seen == []
    assert late.kind is OutcomeKind.REFUSED
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    now = datetime.now(UTC)
    assert all(o.check_after and timedelta(days=6) < o.check_after - now < timedelta(days=8) for o in outcomes)
    assert all(o.reason.startswith("soft-deleted: Azure can restore it until 20") for o in outcomes)
    assert [record.id for record in found] == [record.id for record in records]
    assert found[0].label == "clients/42/a (soft-deleted)"
    assert exported.files == ()
    assert "soft-deleted" in exported.data["content"]
    assert after.kind is OutcomeKind.ERASED


async def test_an_archived_blob_has_to_be_brought_back_by_a_person(rig: AzureBlobRig) -> None:
    """Azure says 409, and waiting would not end; what is archived can be deleted as it is."""
    records = await holding(rig, blob("a", archived=True))
    (exported,) = await rig.connector.export(records)

    with pytest.raises(NeedsPerson) as refused:
        [chunk async for chunk in rig.connector.open(exported.files[0])]
    (outcome,) = await rig.connector.erase(records)

    assert "archived" in refused.value.instructions
    assert outcome.kind is OutcomeKind.ERASED


async def test_an_index_tag_says_whose_a_shared_blob_is() -> None:
    """In all versions of a name that one of them is tagged with, whatever the pages' borders."""
    shared, tag = ({"name": CONTAINER, "prefixes": ["shared/"]},), {"key": "customer", "kind": "customer_id"}
    rig = AzureBlobRig(buckets=shared, tag=tag, page_size=3)
    blobs = [
        {"name": f"shared/{name}", "version_id": version, "current": version == SECOND}
        | ({"tags": {"customer": owner}} if owner and version == SECOND else {})
        for name, owner in (("a", "42"), ("b", "421"), ("c", "42"), ("d", ""))
        for version in (FIRST, SECOND)
    ]

    async with rig.start():
        records = await holding(rig, *blobs)
        seen = await walk(rig.connector)

    assert sorted(record.label for record in records) == ["shared/a"] * 2 + ["shared/c"] * 2
    assert {record.matched for record in records} == {frozenset({Key.CUSTOMER_ID})}
    carried = [(each.record.label, {i.value for i in each.identifiers}) for each in seen]
    assert sorted(carried, key=lambda each: each[0]) == [
        *[("shared/a", {"42"})] * 2,
        *[("shared/b", {"421"})] * 2,
        *[("shared/c", {"42"})] * 2,
        *[("shared/d", set())] * 2,
    ]


async def test_names_that_break_careless_clients_pass_through_azure(rig: AzureBlobRig) -> None:
    """Through URLs, signatures and XML, both ways."""
    names = [name for name in HOSTILE if "\r" not in name and "\n" not in name]
    records = await holding(rig, *(blob(name) for name in names))

    exported = await rig.connector.export(records)
    bodies = [b"".join([chunk async for chunk in rig.connector.open(file)]) for e in exported for file in e.files]
    outcomes = await rig.connector.erase(records)

    assert {record.state["key"].removeprefix("clients/42/") for record in records} == set(names)
    assert bodies == [b"text"] * len(names)
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}


async def test_a_large_blob_comes_whole_and_in_pieces(rig: AzureBlobRig) -> None:
    """At most a mebibyte at a time, an empty one as nothing at all."""
    content = "0123456789abcdef" * 150_000
    records = await holding(rig, blob("empty", body=""), blob("film", body=content))
    exported = await rig.connector.export(records)

    empty, film = [[chunk async for chunk in rig.connector.open(each.files[0])] for each in exported]

    assert b"".join(empty) == b""
    assert b"".join(film) == content.encode()
    assert max(map(len, film)) <= 1 << 20


async def test_content_that_is_a_proxys_page_or_went_away_is_tried_again_at_azure(rig: AzureBlobRig) -> None:
    """No error page is ever handed out as somebody's file."""
    records = await holding(rig, blob("a"))
    (exported,) = await rig.connector.export(records)

    await rig.fault("html")
    with pytest.raises(TryLater):
        [chunk async for chunk in rig.connector.open(exported.files[0])]
    await rig.connector.erase(records)
    with pytest.raises(TryLater, match="went away"):
        [chunk async for chunk in rig.connector.open(exported.files[0])]


@pytest.mark.parametrize("status", [200, 202, 302, 404])
async def test_an_answer_without_azures_own_id_says_nothing_of_a_blob(status: int) -> None:
    """A gateway's 202 must not pass for an erasure, nor its 404; and no redirect is followed with the signature."""

    async def lost(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "http://127.0.0.1:9/"} if status == 302 else {})

    record = Record(id="x", category="x", matched=frozenset(), state={"container": CONTAINER, "key": "clients/42/a"})
    gateway = web.Application()
    gateway.router.add_route("*", "/{path:.*}", lost)

    async with serving(gateway) as address:
        connector = AzureBlob(config(address))
        for act in (connector.erase, connector.check, connector.export):
            with pytest.raises(TryLater):
                await act([record])
        await connector.close()


async def test_a_wrong_key_is_noticed_and_not_told(rig: AzureBlobRig) -> None:
    """The stand-in computes each signature again; the text names the entry, never the key."""
    wrong = SECRET.replace("YSBrZXk", "YW4ga2V")
    connector = AzureBlob(config(rig.connector.config.base_url, secret=SecretStr(wrong)))

    with pytest.raises(NeedsPerson) as refused:
        await locate(connector, ME)
    await connector.close()

    assert "[azure_blob]" in refused.value.instructions
    assert "YW4ga2V" not in f"{refused.value.why}{refused.value.instructions}"


@pytest.mark.parametrize(("permitted", "outcome"), [("rlxd", OutcomeKind.ERASED), ("rl", None)])
async def test_a_sas_token_serves_as_well(rig: AzureBlobRig, permitted: str, outcome: OutcomeKind | None) -> None:
    """As far as it permits: to delete versions takes a right of its own."""
    token = f"sv=2026-06-06&sr=c&se={LATER:%Y-%m-%dT%H:%M:%SZ}&sp={permitted}&sig=c2lnbmVk"
    secret = SecretStr(json.dumps({"sas_token": token}))
    await rig.put(state(blob("a", version_id=FIRST)))
    connector = AzureBlob(config(rig.connector.config.base_url, secret=secret))

    records = await locate(connector, ME)
    if outcome:
        assert [each.kind for each in await connector.erase(records)] == [outcome]
    else:
        with pytest.raises(NeedsPerson):
            await connector.erase(records)
    await connector.close()


@pytest.mark.parametrize("secret", ['{"account_name": "hush"}', "hush", '{"account_name": "a", "sas_token": "hush"}'])
def test_a_secret_that_is_no_credential_of_azures_is_refused_without_quoting_it(secret: str) -> None:
    """The worker does not start with it, and does not say it."""
    with pytest.raises(ValidationError) as refused:
        config("http://127.0.0.1", secret=SecretStr(secret))

    assert "hush" not in str(refused.value)


async def test_a_container_that_does_not_exist_needs_a_person(rig: AzureBlobRig) -> None:
    """An entry that names one is a mistake, and nobody's data is there by mistake."""
    await rig.put({"containers": {}})

    with pytest.raises(NeedsPerson) as refused:
        await locate(rig.connector, ME)

    assert "does not exist" in refused.value.instructions
