"""What S3 holds beside objects: uploads that nobody finished, and copies in other buckets."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.connector import NeedsPerson
from connectors.s3 import S3
from dsar.identity import Key
from dsar.records import OutcomeKind
from tests.contract.acts import locate, walk
from tests.contract.rigs.s3 import BUCKET, S3Rig, config
from tests.contract.rigs.s3_seaweed import S3SeaweedRig
from tests.contract.test_s3 import ME, person

MARK = {"key": "clients/42/a", "version_id": "v1"}
INVOICE = {"key": "clients/42/invoices/1", "version_id": "v2", "last_modified": "2026-01-31T12:00:00Z"}
COPY = {"bucket": "arn:aws:s3:::studio-copy"}


@pytest.fixture
async def played() -> AsyncIterator[S3Rig]:
    rig = S3Rig()
    async with rig.start():
        yield rig


async def holding(rig: S3Rig, **bucket: Any) -> None:
    await rig.put({"buckets": {BUCKET: {"versioning": "Enabled", **bucket}}})


async def befallen(rig: S3Rig, kind: str) -> None:
    """The next look for uploads fails in this way."""
    async with rig.control.post("/_control/faults", json={"kind": kind, "path": "?uploads"}) as answer:
        answer.raise_for_status()


def begun(key: str, number: int) -> dict[str, Any]:
    return {"key": key, "upload_id": f"u{number}", "parts": {"1": 5, "2": 7}}


# Uploads


async def test_an_upload_that_nobody_finished_is_found_told_and_thrown_away() -> None:
    """On the real server: no listing of objects shows it, and its parts are there until somebody aborts it."""
    real = S3SeaweedRig()
    async with real.start():
        for key in ("clients/42/ü b.mov", "clients/42/ü b.mov", "clients/421/c.mov"):
            upload = await real.client.create_multipart_upload(Bucket=real.bucket, Key=key)
            part = {"Bucket": real.bucket, "Key": key, "UploadId": upload["UploadId"]}
            await real.client.upload_part(**part, PartNumber=1, Body=b"x" * 20)

        records = await locate(real.connector, ME)
        exported = await real.connector.export(records)
        before = await real.connector.check(records)
        erased = [*await real.connector.erase(records), *await real.connector.check(records)]
        again = await real.connector.erase(records)

        left = await real.client.list_multipart_uploads(Bucket=real.bucket)
        assert [record.label for record in records] == ["clients/42/ü b.mov (upload that was not finished)"] * 2
        assert [(each.data["parts"], each.data["size"], each.files) for each in exported] == [(1, 20, ())] * 2
        assert {outcome.kind for outcome in before} == {OutcomeKind.REFUSED}
        assert {outcome.kind for outcome in erased} == {OutcomeKind.ERASED}
        assert {outcome.kind for outcome in again} <= {OutcomeKind.NOT_FOUND, OutcomeKind.ERASED}  # SeaweedFS: 204
        assert await real.connector.export(records) == []
        assert [each["Key"] for each in left["Uploads"]] == ["clients/421/c.mov"]


async def test_uploads_of_many_pages_are_all_found_and_no_record_shows_whose(played: S3Rig) -> None:
    """Several of one key, on both sides of a page's end; the key is in no record's id."""
    uploads = [begun(f"clients/42/{n // 3}.mov", n) for n in range(7)]
    await holding(played, uploads=[*uploads, begun("clients/43/x", 9)])

    records = await locate(played.connector, ME)

    assert [record.state["upload"] for record in records] == [f"u{n}" for n in range(7)]
    assert not any(".mov" in record.id or "42" in record.id.partition("?")[0] for record in records)


async def test_a_sweep_meets_uploads_with_whose_their_key_says_they_are(played: S3Rig) -> None:
    """They are found again under the same place, so that what was met can be thrown away and looked for."""
    await holding(played, versions=[MARK], uploads=[begun("clients/43/x", 1), begun("elsewhere/x", 2)])

    seen = await walk(played.connector)
    met = [s.record for s in seen if s.identifiers and s.identifiers[0].value == "43"]
    found = await locate(played.connector, person("43"))
    outcomes = await played.connector.erase(met)

    assert met == found
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ERASED]
    assert len(seen) == 2


async def test_where_a_service_knows_no_uploads_there_are_none(played: S3Rig) -> None:
    """Not every server that speaks S3 speaks all of it."""
    await holding(played, versions=[MARK])
    await befallen(played, "not_implemented")

    assert len(await locate(played.connector, ME)) == 1


async def test_a_credential_that_may_not_list_uploads_needs_a_person(played: S3Rig) -> None:
    """Not allowed to look is not nothing found; who does not want it says so in systems.toml."""
    await holding(played, versions=[MARK])
    await befallen(played, "forbidden")
    with pytest.raises(NeedsPerson, match="list_multipart_uploads"):
        await locate(played.connector, ME)
    without = S3(config(played.address, unfinished=False))

    records = await locate(without, ME)
    await without.close()

    assert len(records) == 1


# Copies


async def test_a_copy_in_another_bucket_is_a_persons_task(played: S3Rig) -> None:
    """S3 never replicates the deletion of a version: each category is a task that names the bucket and the place."""
    await holding(played, versions=[MARK, INVOICE], replication=[COPY])
    rules = ({"pattern": "*/invoices/*", "category": "financial records and invoices"},)
    connector = S3(config(played.address, rules=rules, page_size=1))

    records = await locate(connector, ME)
    copies = [record for record in records if "copies_in" in record.state]
    outcomes = await connector.erase(records)
    checked = await connector.check(copies)
    exported = await connector.export(copies)
    restricted = [*await connector.restrict(copies), *await connector.restore(copies)]
    await connector.close()

    tasks = [outcome.instructions for outcome in outcomes if outcome.kind is OutcomeKind.NEEDS_PERSON]
    assert [copy.category for copy in copies] == ["design files and assets", "financial records and invoices"]
    assert [copy.matched for copy in copies] == [frozenset({Key.CUSTOMER_ID})] * 2
    assert [outcome.kind for outcome in outcomes if not outcome.instructions] == [OutcomeKind.ERASED] * 2
    assert all("bucket studio-copy" in task and "clients/42/" in task for task in tasks)
    assert len(tasks) == 2
    assert {outcome.kind for outcome in checked} == {OutcomeKind.ACCEPTED}
    assert [each.data["copies_in"] for each in exported] == ["studio-copy"] * 2
    assert [each.kind for each in restricted] == [OutcomeKind.NEEDS_PERSON] * 2 + [OutcomeKind.RESTORED] * 2


@pytest.mark.parametrize(
    "rule",
    [
        {**COPY, "status": "Disabled"},
        {**COPY, "prefix": "people/"},
        {"bucket": f"arn:aws:s3:::{BUCKET}"},
        {"bucket": "arn:aws:s3:::elsewhere"},
    ],
)
async def test_a_copy_that_is_none_or_is_looked_into_is_no_task(played: S3Rig, rule: dict[str, str]) -> None:
    """A rule that is off or about others' objects, a bucket of this entry, one that another entry looks into."""
    await holding(played, versions=[MARK], replication=[rule])
    connector = S3(config(played.address, replicas=("elsewhere",)))

    records = await locate(connector, ME)
    await connector.close()

    assert len(records) == 1


async def test_of_copies_is_asked_only_where_something_is_found(played: S3Rig) -> None:
    """A person with nothing here costs no call more, and one with many pages one call."""
    versions = [{"key": f"clients/42/{n}", "version_id": f"v{n}"} for n in range(5)]
    await holding(played, versions=versions, replication=[COPY])

    await locate(played.connector, ME)
    await locate(played.connector, person("77"))

    assert sum("replication" in call["path"] for call in await played.calls()) == 1


# Many versions


async def test_looking_again_lists_only_around_the_records(played: S3Rig) -> None:
    """Checking a page of a large place does not list the whole place again."""
    versions = [{"key": f"clients/42/{n:05}", "version_id": f"v{n}"} for n in range(2500)]
    await holding(played, versions=versions)
    connector = S3(config(played.address))
    records = await locate(connector, ME)
    page = records[1200:1210]
    await connector.erase(page)
    before = len(await played.calls())

    checked = await connector.check([*page, records[1300]])
    asked = len(await played.calls()) - before
    await connector.close()

    assert [outcome.kind for outcome in checked] == [OutcomeKind.ERASED] * 10 + [OutcomeKind.REFUSED]
    assert asked == 1


async def test_what_a_check_asks_begins_at_no_key_and_stays_few_however_much_is_kept(played: S3Rig) -> None:
    """Behind a key marker that is no key some services pass over a version: one that is there would be called gone.

    Two keys at the ends of a place of 4500, where a look at all would be five pages.
    """
    versions = [{"key": f"clients/42/{n:05}", "version_id": f"v{n}"} for n in range(4500)]
    await holding(played, versions=versions)
    connector = S3(config(played.address))
    records = await locate(connector, ME)
    ends = [records[3], records[4400]]
    await connector.erase(ends)
    before = len(await played.calls())

    checked = await connector.check([*ends, records[4401]])
    asked = (await played.calls())[before:]
    await connector.close()

    begun = [call for call in asked if "version-id-marker" not in str(call)]
    kinds = [outcome.kind for outcome in checked]
    assert kinds == [OutcomeKind.ERASED, OutcomeKind.ERASED, OutcomeKind.REFUSED]
    assert not [call for call in begun if "key-marker" in str(call)]
    assert len(asked) <= 5


async def test_a_small_deletion_is_one_order_and_one_look(played: S3Rig) -> None:
    """Two objects: what S3 is asked between finding them and believing that they are gone."""
    await holding(played, versions=[MARK, {"key": "clients/42/b", "version_id": "v2"}])
    records = await locate(played.connector, ME)
    before = len(await played.calls())

    await played.connector.erase(records)
    checked = await played.connector.check(records)

    assert [outcome.kind for outcome in checked] == [OutcomeKind.ERASED] * 2
    assert len(await played.calls()) - before == 2
