"""Walking through whole buckets: every version, whose its key or tag says it is, and what can then be done with it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.object_places import Bucket, named, roots
from connectors.s3 import S3
from dsar.identity import Identifier, Key
from dsar.records import Anchor, Lock, OutcomeKind, Sighting
from tests.contract.acts import locate, walk
from tests.contract.rigs.s3 import BUCKET, S3Rig, config
from tests.contract.rigs.s3_seaweed import S3SeaweedRig
from tests.contract.test_s3 import person

BUCKETS = (
    Bucket(name="studio", prefixes=("clients/{customer_id}/", "people/{email}/files/", "clients/by-{user_id}-x/")),
    Bucket(name="old", prefixes=("{customer_id}/", "shared/")),
)


def whose(seen: list[Sighting]) -> dict[str, set[tuple[Key, str]]]:
    """What each key's versions carry."""
    return {s.record.state["key"]: {(i.kind, i.value) for i in s.identifiers} for s in seen}


def on(rig: S3SeaweedRig, **changed: Any) -> S3:
    """Another entry for the rig's bucket."""
    return S3(config(rig.endpoint.endpoint_url, rig.endpoint.secret, rig.bucket, **changed))


@pytest.fixture
async def real() -> AsyncIterator[S3SeaweedRig]:
    rig = S3SeaweedRig()
    async with rig.start():
        yield rig


async def test_every_version_below_the_templates_is_met_with_whose_its_key_says_it_is(real: S3SeaweedRig) -> None:
    """Older versions and markers, too; what names nobody is met all the same, and what lies elsewhere is not."""
    ids = [await real.put(key, n) for n in range(2) for key in ("clients/42/a", "clients/421/b", "people/ada@x.org/c")]
    ids.append(await real.put("clients/readme.txt"))
    await real.put("elsewhere/42/a")
    await real.client.delete_object(Bucket=real.bucket, Key="clients/42/a")

    seen = await walk(real.connector)

    markers = [s.record for s in seen if s.record.state["marker"]]
    assert sorted(s.record.id for s in seen) == sorted([*ids, *(record.id for record in markers)])
    assert [record.state["key"] for record in markers] == ["clients/42/a"]
    assert whose(seen) == {
        "clients/42/a": {(Key.CUSTOMER_ID, "42")},
        "clients/421/b": {(Key.CUSTOMER_ID, "421")},
        "people/ada@x.org/c": {(Key.EMAIL, "ada@x.org")},
        "clients/readme.txt": set(),
    }
    assert all(s.record.matched == {i.kind for i in s.identifiers} for s in seen)
    assert {s.record.dates[Anchor.CREATED] for s in seen} == {datetime.now(UTC).date()}


async def test_a_record_met_is_the_record_that_a_search_finds(real: S3SeaweedRig) -> None:
    """The same id, place and category: whatever can be done with one can be done with the other."""
    for number in range(5):
        await real.put(f"clients/42/invoices/{number}", number)
    found = {record.id: record for record in await locate(real.connector, person("42"))}

    seen = {s.record.id: s.record for s in await walk(real.connector)}

    def without_moment(record: Any) -> Any:
        return record.model_copy(update={"state": {**record.state, "located": ""}})

    assert {i: without_moment(r) for i, r in seen.items()} == {i: without_moment(r) for i, r in found.items()}


async def test_what_was_met_can_be_restricted_put_back_and_erased(real: S3SeaweedRig) -> None:
    """Nobody's objects, too: they are past their time like any other."""
    for key in ("clients/42/a", "clients/421/b", "clients/readme.txt"):
        await real.put(key)
    before = await real.snapshot()
    records = [s.record for s in await walk(real.connector)]

    restricted = await real.connector.restrict(records)
    between = await real.snapshot()
    await real.connector.restore(records)
    restored = await real.snapshot()
    erased = await real.connector.erase(records)
    checked = await real.connector.check(records)

    assert {outcome.kind for outcome in restricted} == {OutcomeKind.RESTRICTED}
    assert between != before
    assert restored == before
    assert {outcome.kind for outcome in (*erased, *checked)} == {OutcomeKind.ERASED}
    assert await walk(real.connector) == []


async def test_what_s3_has_locked_is_met_with_its_lock(real: S3SeaweedRig) -> None:
    """As a search gives it: a hold without an end, a retention with its last day."""
    for key in ("clients/1/held", "clients/2/kept", "clients/3/free"):
        await real.put(key)
    until = datetime.now(UTC) + timedelta(days=30)
    await real.client.put_object_legal_hold(Bucket=real.bucket, Key="clients/1/held", LegalHold={"Status": "ON"})
    await real.client.put_object_retention(
        Bucket=real.bucket, Key="clients/2/kept", Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until}
    )

    seen = await walk(real.connector)

    assert {s.record.state["key"]: s.record.lock for s in seen} == {
        "clients/1/held": Lock(basis="S3 legal hold"),
        "clients/2/kept": Lock(basis="S3 object lock (GOVERNANCE)", until=until.date()),
        "clients/3/free": None,
    }
    await real.client.put_object_legal_hold(Bucket=real.bucket, Key="clients/1/held", LegalHold={"Status": "OFF"})


@pytest.mark.parametrize("page_size", [1, 3, 1000])
async def test_under_a_shared_prefix_tags_tell(real: S3SeaweedRig, page_size: int) -> None:
    """Beside what the key itself says; one tagged version tells of all of its key, its markers included."""
    for key, tagging in (("a", "customer=42"), ("b", ""), ("c/7/d", "customer=43"), ("c/8/e", "")):
        await real.client.put_object(Bucket=real.bucket, Key=key, Body=b"x", Tagging=tagging)
    connector = on(
        real,
        buckets=({"name": real.bucket, "prefixes": ["", "c/{customer_id}/"]},),
        tag={"key": "customer", "kind": "customer_id"},
        page_size=page_size,
    )

    seen = await walk(connector)
    await connector.close()

    assert whose(seen) == {
        "a": {(Key.CUSTOMER_ID, "42")},
        "b": set(),
        "c/7/d": {(Key.CUSTOMER_ID, "7"), (Key.CUSTOMER_ID, "43")},
        "c/8/e": {(Key.CUSTOMER_ID, "8")},
    }
    assert len(seen) == 4


async def test_no_page_is_larger_than_it_was_asked_to_be() -> None:
    """However much a bucket holds, one page of it is in memory, and a walk goes on where it was."""
    rig = S3Rig()
    async with rig.start():
        versions = [{"key": f"clients/{n}/a", "version_id": f"v{n}"} for n in range(25)]
        await rig.put({"buckets": {BUCKET: {"versioning": "Enabled", "versions": versions}}})

        page = await rig.connector.walk()
        sizes = [len(page.sightings)]
        while page.cursor is not None:
            page = await rig.connector.walk(page.cursor)
            sizes.append(len(page.sightings))

        assert max(sizes) == 2
        assert sum(sizes) == 25


async def test_without_a_bucket_there_is_nothing_to_walk_through(real: S3SeaweedRig) -> None:
    """An entry that names no place holds nothing."""
    connector = on(real, buckets=())

    assert await walk(connector) == []


def test_each_object_is_listed_once() -> None:
    """The parts of the templates that name nobody, and of two that lie within each other the wider one."""
    assert roots(BUCKETS) == (("studio", "clients/"), ("studio", "people/"), ("old", ""))


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("clients/42/a", {Key.CUSTOMER_ID: "42"}),
        ("clients/42/a/b", {Key.CUSTOMER_ID: "42"}),
        ("clients/by-u7-x/a", {Key.CUSTOMER_ID: "by-u7-x", Key.USER_ID: "u7"}),
        ("clients/42", {}),
        ("clients//a", {}),
        ("clients/../a", {}),
        ("clients/4\n2/a", {}),
        ("people/ada@x.org/files/a", {Key.EMAIL: "ada@x.org"}),
        ("people/ada@x.org/photos/a", {}),
        ("myclients/42/a", {}),
    ],
)
def test_a_key_says_whose_it_is_where_a_template_has_a_placeholder(key: str, says: dict[Key, str]) -> None:
    """Whole folders from the start of the key: nobody is known by a part of a name."""
    identity = named(key, "studio", BUCKETS)

    assert identity.identifiers == tuple(Identifier(kind=kind, value=value) for kind, value in says.items())


def test_a_placeholder_that_comes_again_stands_for_the_same_value() -> None:
    """Where it does not, the key is not of this template."""
    buckets = (Bucket(name="studio", prefixes=("{customer_id}/{customer_id}/",)),)

    assert named("42/42/a", "studio", buckets).values(Key.CUSTOMER_ID) == ("42",)
    assert named("42/43/a", "studio", buckets).identifiers == ()
