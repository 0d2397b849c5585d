"""What S3 is peculiar about, on a real server (SeaweedFS 4.48), and on the stand-in what no server does when asked.

Where SeaweedFS is not S3, a test says so beside AWS's words, so that a newer version that is will be noticed:
it answers 404 where HEAD names a delete marker, names a marker that it deleted by half, folds separators in keys, and
can't delete some of the keys that it lets in.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from botocore.exceptions import ClientError
from pydantic import ValidationError

from connectors.connector import NeedsPerson, TryLater
from connectors.http import together
from connectors.object_places import Bucket, Place, places
from connectors.s3 import S3
from connectors.s3_tags import MARK, MOST
from dsar.identity import Identifier, Identity, Key
from dsar.records import Anchor, Lock, Outcome, OutcomeKind, Record
from standins.s3 import app
from standins.serving import serving
from tests.contract.acts import download, locate
from tests.contract.rigs.s3 import BUCKET, S3Rig, config
from tests.contract.rigs.s3_seaweed import S3SeaweedRig

HOSTILE = (
    "with space.txt",
    " leading",
    "a+b&c=d.txt",
    "q?x#y%20z%2F.txt",
    "new\nline",
    "carriage\rreturn",
    "tab\tulator",
    "😀 ünïcode.png",
    "e\u0301 decomposed",
    "<Key>&lt;'\"]]>",
    "x" * 200,
)
"""Names that are allowed in S3 and break a client that escapes for the wrong language."""


def person(number: str, **more: str) -> Identity:
    """Somebody with a customer number, and what else is known of them."""
    pairs = {"customer_id": number, **more}
    return Identity(identifiers=tuple(Identifier(kind=Key(kind), value=value) for kind, value in pairs.items()))


ME = person("42")


@pytest.fixture
async def real() -> AsyncIterator[S3SeaweedRig]:
    rig = S3SeaweedRig()
    async with rig.start():
        yield rig


@pytest.fixture
async def played() -> AsyncIterator[S3Rig]:
    rig = S3Rig()
    async with rig.start():
        yield rig


def outcomes_by_key(records: list[Record], outcomes: Any) -> dict[str, Outcome]:
    return {record.state["key"]: outcome for record, outcome in zip(records, outcomes, strict=True)}


async def stored(rig: S3Rig, *versions: dict[str, Any], **bucket: Any) -> None:
    """Give the stand-in's bucket these versions."""
    await rig.put({"buckets": {BUCKET: {"versioning": "Enabled", "versions": list(versions), **bucket}}})


# Where a person's objects are


async def test_a_number_that_continues_the_persons_is_somebody_else(real: S3SeaweedRig) -> None:
    """`clients/42/` is not `clients/421/`, nor `clients/42` without a folder."""
    mine = await real.put("clients/42/a.txt")
    await real.put("clients/421/a.txt")
    await real.put("clients/42.txt")

    records = await locate(real.connector, ME)

    assert [record.id for record in records] == [mine]
    assert records[0].matched == {Key.CUSTOMER_ID}
    assert records[0].dates == {Anchor.CREATED: datetime.now(UTC).date()}


@pytest.mark.parametrize(
    "value", ["", " ", ".", "..", "../41", "41/../42", "a/b", "a\\b", "4\n2", "4\x002", "9" * 1024]
)
def test_a_value_that_is_no_name_of_a_folder_names_none(value: str) -> None:
    """Nobody reaches another person's folder, or all folders, by what they call themselves."""
    buckets = (Bucket(name="studio", prefixes=("clients/{customer_id}/",)),)

    assert places(buckets, person(value)) == ()


def test_a_template_waits_for_all_its_placeholders() -> None:
    """A place is looked in only when it is known completely; every value of a kind has its own."""
    buckets = (Bucket(name="studio", prefixes=("{customer_id}/{email}/", "people/{email}/")),)
    two = Identity(identifiers=(Identifier(kind=Key.EMAIL, value="Ada@x.org"), Identifier(kind=Key.NAME, value="Ada")))

    found = places(buckets, two)

    assert found == (
        Place(bucket="studio", prefix="people/Ada@x.org/", kinds=frozenset({Key.EMAIL})),
        Place(bucket="studio", prefix="people/ada@x.org/", kinds=frozenset({Key.EMAIL})),
    )


@pytest.mark.parametrize("template", ["clients/{customer_id}", "{shoe_size}/", "{name}{email}/", "{name/", "{name!r}/"])
def test_a_template_that_could_reach_others_is_refused(template: str) -> None:
    """A missing slash, an unknown kind or two kinds in one name is a mistake in systems.toml, found at the start."""
    with pytest.raises(ValidationError):
        Bucket(name="studio", prefixes=(template,))


def test_a_place_of_many_people_needs_a_tag_that_tells_them_apart() -> None:
    """Else everything there would be everybody's."""
    with pytest.raises(ValidationError, match="names no person"):
        config("http://127.0.0.1", buckets=({"name": "studio", "prefixes": ["shared/"]},))


def test_a_secret_that_is_no_credential_is_refused_without_quoting_it() -> None:
    """The worker does not start with it, and does not say it."""
    with pytest.raises(ValidationError) as refused:
        config("http://127.0.0.1", secret='{"access_key_id": "hush"}')

    assert "hush" not in str(refused.value)


async def test_the_first_rule_that_matches_a_key_gives_its_category(real: S3SeaweedRig) -> None:
    """What no rule matches has the default category."""
    for name in ("invoices/2026/1.pdf", "contracts/1.pdf", "logo.svg"):
        await real.put(f"clients/42/{name}")
    rules = [
        {"pattern": "*/invoices/*", "category": "financial records and invoices"},
        {"pattern": "clients/*/contracts/*", "category": "contracts"},
        {"pattern": "*.pdf", "category": "never reached"},
    ]
    connector = S3(config(real.endpoint.endpoint_url, real.endpoint.secret, real.bucket, rules=rules))

    records = await locate(connector, ME)
    await connector.close()

    assert {record.label.removeprefix("clients/42/"): record.category for record in records} == {
        "invoices/2026/1.pdf": "financial records and invoices",
        "contracts/1.pdf": "contracts",
        "logo.svg": "design files and assets",
    }


async def test_an_object_tag_says_whose_a_shared_object_is(real: S3SeaweedRig) -> None:
    """Under a shared prefix only tagged objects are found, with their markers, whatever the pages' borders."""
    for name, owner in (("a", "42"), ("b", "421"), ("c", "42"), ("d", "")):
        for _ in range(2):
            tagging = f"customer={owner}" if owner else ""
            await real.client.put_object(Bucket=real.bucket, Key=f"shared/{name}", Body=b"x", Tagging=tagging)
        await real.client.delete_object(Bucket=real.bucket, Key=f"shared/{name}")
    connector = S3(
        config(
            real.endpoint.endpoint_url,
            real.endpoint.secret,
            buckets=({"name": real.bucket, "prefixes": ["shared/"]},),
            tag={"key": "customer", "kind": "customer_id"},
            page_size=5,
        )
    )

    records = await locate(connector, ME)
    outcomes = await connector.erase(records)
    checked = await connector.check(records)
    await connector.close()

    assert sorted(record.state["key"] for record in records) == ["shared/a"] * 3 + ["shared/c"] * 3
    assert {outcome.kind for outcome in (*outcomes, *checked)} == {OutcomeKind.ERASED}
    assert {entry["Key"] for entry in await real.listed()} == {"shared/b", "shared/d"}


async def test_places_within_each_other_report_an_object_once(real: S3SeaweedRig) -> None:
    """With all the kinds of identifier that its key carries."""
    await real.put("clients/42/a.txt")
    await real.put("clients/42/ada/b.txt")
    nested = ({"name": real.bucket, "prefixes": ["clients/{customer_id}/{user_id}/", "clients/{customer_id}/"]},)
    connector = S3(config(real.endpoint.endpoint_url, real.endpoint.secret, buckets=nested))

    records = await locate(connector, person("42", user_id="ada"))
    await connector.close()

    assert {record.state["key"]: record.matched for record in records} == {
        "clients/42/a.txt": {Key.CUSTOMER_ID},
        "clients/42/ada/b.txt": {Key.CUSTOMER_ID, Key.USER_ID},
    }


# Versions and markers


async def test_every_version_and_every_marker_is_erased_by_its_id(real: S3SeaweedRig) -> None:
    """A plain DELETE hides an object and keeps it; erasing leaves nothing, not even the marker with its name."""
    for number in range(3):
        await real.put("clients/42/a.txt", number)
    await real.client.delete_object(Bucket=real.bucket, Key="clients/42/a.txt")
    await real.put("clients/42/a.txt", 4)

    records = await locate(real.connector, ME)
    exported = await real.connector.export(records)
    outcomes = await real.connector.erase(records)
    checked = await real.connector.check(records)

    assert [record.state["marker"] for record in records].count(True) == 1
    assert [len(each.files) for each in exported] == [0 if record.state["marker"] else 1 for record in records]
    assert {outcome.kind for outcome in (*outcomes, *checked)} == {OutcomeKind.ERASED}
    assert await real.listed() == []


async def test_only_the_versions_asked_for_are_erased(real: S3SeaweedRig) -> None:
    """What was put since the person was looked up is not touched by the order."""
    await real.put("clients/42/a.txt", 1)
    records = await locate(real.connector, ME)
    later = await real.put("clients/42/a.txt", 2)

    await real.connector.erase(records)

    assert [record.id for record in await locate(real.connector, ME)] == [later]


async def test_2500_versions_are_found_erased_and_checked_a_thousand_at_a_time(real: S3SeaweedRig) -> None:
    """Three pages to list and three orders to delete, and nothing left."""
    for start in range(0, 2500, 50):
        keys = (f"clients/42/{number % 70}.txt" for number in range(start, start + 50))
        await together(real.client.put_object(Bucket=real.bucket, Key=key, Body=b"x") for key in keys)
    connector = S3(config(real.endpoint.endpoint_url, real.endpoint.secret, real.bucket))

    records = await locate(connector, ME)
    outcomes = await connector.erase(records)
    checked = await connector.check(records)
    await connector.close()

    assert len(records) == 2500
    assert {outcome.kind for outcome in (*outcomes, *checked)} == {OutcomeKind.ERASED}
    assert await real.listed() == []


async def test_a_bucket_without_versions_is_erased_too(real: S3SeaweedRig) -> None:
    """There the one version is called `null`."""
    plain = f"{real.bucket}-plain"
    await real.client.create_bucket(Bucket=plain)
    await real.client.put_object(Bucket=plain, Key="clients/42/a b.txt", Body=b"x")
    connector = S3(config(real.endpoint.endpoint_url, real.endpoint.secret, plain))

    records = await locate(connector, ME)
    restricted = await connector.restrict(records)
    outcomes = [*await connector.erase(records), *await connector.erase(records), *await connector.check(records)]
    left = await connector.export(records)
    await connector.close()

    assert [record.state["version"] for record in records] == ["null"]
    assert [outcome.kind for outcome in restricted] == [OutcomeKind.RESTRICTED]
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}
    assert left == []


async def test_names_that_break_careless_clients_are_found_read_and_erased(real: S3SeaweedRig) -> None:
    """Keys are any text; they pass through URLs and XML unharmed, both ways."""
    for name in HOSTILE:
        await real.put(f"clients/42/{name}")

    records = await locate(real.connector, ME)
    exported = await real.connector.export(records)
    bodies = [b"".join([chunk async for chunk in real.connector.open(file)]) for e in exported for file in e.files]
    outcomes = await real.connector.erase(records)

    assert {record.state["key"].removeprefix("clients/42/") for record in records} == set(HOSTILE)
    assert bodies == [b"content 0"] * len(HOSTILE)
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}
    assert await real.listed() == []


async def test_a_large_file_comes_whole_and_in_pieces(real: S3SeaweedRig) -> None:
    """At most a mebibyte at a time; what S3 has a checksum of is checked while it streams."""
    content = bytes(range(256)) * 20_000
    await real.client.put_object(Bucket=real.bucket, Key="clients/42/film.mov", Body=content)
    (exported,) = await real.connector.export(await locate(real.connector, ME))

    chunks = [chunk async for chunk in real.connector.open(exported.files[0])]

    assert b"".join(chunks) == content
    assert max(map(len, chunks)) <= 1 << 20
    assert exported.data["size"] == len(content)


# Locks


async def test_what_s3_has_locked_is_kept_and_told_until_when_and_why(real: S3SeaweedRig) -> None:
    """A legal hold has no end, a retention has; GOVERNANCE is not bypassed, though this account could."""
    until = datetime.now(UTC) + timedelta(days=30)
    put = {"Bucket": real.bucket, "Body": b"x"}
    await real.client.put_object(**put, Key="clients/42/held", ObjectLockLegalHoldStatus="ON")
    for mode in ("COMPLIANCE", "GOVERNANCE"):
        lock = {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": until}
        await real.client.put_object(**put, **lock, Key=f"clients/42/{mode}")
    await real.client.put_object(**put, Key="clients/42/free")

    records = await locate(real.connector, ME)
    outcomes = outcomes_by_key(records, await real.connector.erase(records))
    checked = outcomes_by_key(records, await real.connector.check(records))

    basis = {mode: f"S3 object lock ({mode})" for mode in ("COMPLIANCE", "GOVERNANCE")}
    assert {record.state["key"].removeprefix("clients/42/"): record.lock for record in records} == {
        "held": Lock(basis="S3 legal hold"),
        "COMPLIANCE": Lock(basis=basis["COMPLIANCE"], until=until.date()),
        "GOVERNANCE": Lock(basis=basis["GOVERNANCE"], until=until.date()),
        "free": None,
    }
    assert {key.removeprefix("clients/42/"): (o.kind, o.basis, o.until) for key, o in outcomes.items()} == {
        "held": (OutcomeKind.RETAINED, "S3 legal hold", None),
        "COMPLIANCE": (OutcomeKind.RETAINED, basis["COMPLIANCE"], until.date()),
        "GOVERNANCE": (OutcomeKind.RETAINED, basis["GOVERNANCE"], until.date()),
        "free": (OutcomeKind.ERASED, "", None),
    }
    assert {key for key, outcome in checked.items() if outcome.kind is OutcomeKind.ERASED} == {"clients/42/free"}


async def test_a_lock_that_came_after_the_search_is_noticed(real: S3SeaweedRig) -> None:
    """S3 refuses, and is asked why; once the hold is lifted the same order goes through."""
    await real.put("clients/42/a.txt")
    records = await locate(real.connector, ME)
    named = {"Bucket": real.bucket, "Key": "clients/42/a.txt"}
    await real.client.put_object_legal_hold(**named, LegalHold={"Status": "ON"})

    (held,) = await real.connector.erase(records)
    await real.client.put_object_legal_hold(**named, LegalHold={"Status": "OFF"})
    (lifted,) = await real.connector.erase(records)

    assert (held.kind, held.basis, held.until) == (OutcomeKind.RETAINED, "S3 legal hold", None)
    assert lifted.kind is OutcomeKind.ERASED


async def test_a_retention_that_has_passed_locks_nothing(played: S3Rig) -> None:
    """S3 goes on to tell of it, and deletes all the same."""
    past = {"mode": "COMPLIANCE", "until": "2020-01-01T00:00:00Z"}
    await stored(played, {"key": "clients/42/a", "version_id": "v1", "retention": past}, object_lock=True)

    records = await locate(played.connector, ME)
    (outcome,) = await played.connector.erase(records)

    assert records[0].lock is None
    assert outcome.kind is OutcomeKind.ERASED


async def test_a_locked_version_can_still_be_restricted(real: S3SeaweedRig) -> None:
    """The mark stands beside the tags that were there; taking it off leaves those."""
    await real.client.put_object(
        Bucket=real.bucket, Key="clients/42/a", Body=b"x", Tagging="a=1", ObjectLockLegalHoldStatus="ON"
    )
    records = await locate(real.connector, ME)

    (restricted,) = await real.connector.restrict(records)
    between = await real.client.get_object_tagging(Bucket=real.bucket, Key="clients/42/a")
    (restored,) = await real.connector.restore(records)
    after = await real.client.get_object_tagging(Bucket=real.bucket, Key="clients/42/a")

    assert restricted.kind is OutcomeKind.RESTRICTED
    assert {tag["Key"] for tag in between["TagSet"]} == {"a", MARK}
    assert restored.kind is OutcomeKind.RESTORED
    assert after["TagSet"] == [{"Key": "a", "Value": "1"}]


async def test_a_restriction_of_another_request_is_not_lifted(real: S3SeaweedRig) -> None:
    """Who restricts what is restricted, and changes their mind, leaves it as it was found."""
    await real.put("clients/42/a")
    first = await locate(real.connector, ME)
    await real.connector.restrict(first)
    second = await locate(real.connector, ME)

    await real.connector.restrict(second)
    await real.connector.restore(second)
    tags = await real.client.get_object_tagging(Bucket=real.bucket, Key="clients/42/a")

    assert {tag["Key"]: tag["Value"] for tag in tags["TagSet"]} == {MARK: first[0].state["located"]}


async def test_a_version_with_ten_tags_needs_a_person(played: S3Rig) -> None:
    """S3 has no room for the mark, and nobody else's tag is dropped for it."""
    tags = {f"tag{number}": "x" for number in range(MOST)}
    await stored(played, {"key": "clients/42/a", "version_id": "v1", "tags": tags})
    records = await locate(played.connector, ME)
    before = await played.snapshot()

    (outcome,) = await played.connector.restrict(records)

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert MARK in outcome.instructions
    assert await played.snapshot() == before


async def test_behind_a_delete_marker_there_is_nothing_to_restrict(played: S3Rig) -> None:
    """It has no content: a request that restricts everything is not told to be refused for it."""
    await stored(played, {"key": "clients/42/a", "version_id": "v1", "marker": True})
    records = await locate(played.connector, ME)

    (outcome,) = await played.connector.restrict(records)

    assert outcome.kind is OutcomeKind.NOT_FOUND


# What only a stand-in does when it is asked to


async def test_a_refusal_of_one_key_in_an_answer_of_200_is_that_keys_outcome(played: S3Rig) -> None:
    """DeleteObjects answers 200 whatever it did: each key is believed for itself."""
    versions = [{"key": f"clients/42/{name}", "version_id": "v1"} for name in "abc"]
    versions[1]["delete_error"] = "AccessDenied"
    versions[2]["delete_error"] = "NoSuchVersion"
    await stored(played, *versions)
    records = await locate(played.connector, ME)

    outcomes = outcomes_by_key(records, await played.connector.erase(records))

    assert {key[-1]: outcome.kind for key, outcome in outcomes.items()} == {
        "a": OutcomeKind.ERASED,
        "b": OutcomeKind.NEEDS_PERSON,
        "c": OutcomeKind.NOT_FOUND,
    }
    assert "clients/42/b" in outcomes["clients/42/b"].instructions


async def test_a_key_that_s3_was_too_busy_for_is_tried_again(played: S3Rig) -> None:
    """The whole order is repeated: what was deleted the first time is gone, and is told as erased."""
    busy = {"key": "clients/42/b", "version_id": "v1", "delete_error": "InternalError"}
    await stored(played, {"key": "clients/42/a", "version_id": "v1"}, busy)
    records = await locate(played.connector, ME)

    with pytest.raises(TryLater):
        await played.connector.erase(records)
    await stored(played, {**busy, "delete_error": ""})
    outcomes = await played.connector.erase(records)

    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}


async def test_a_name_that_xml_cannot_carry_is_deleted_by_its_address(played: S3Rig) -> None:
    """S3 allows control characters in keys, and XML 1.0 has no way to write them; a lock is noticed there too."""
    key = "clients/42/ctrl\x01\x0b\uffff"
    await stored(
        played,
        {"key": key, "version_id": "v1"},
        {"key": key, "version_id": "v2", "legal_hold": True},
        {"key": key, "version_id": "v3", "marker": True},
        object_lock=True,
    )

    records = await locate(played.connector, ME)
    outcomes = await played.connector.erase(records)

    assert {record.state["version"]: outcome.kind for record, outcome in zip(records, outcomes, strict=True)} == {
        "v1": OutcomeKind.ERASED,
        "v2": OutcomeKind.RETAINED,
        "v3": OutcomeKind.ERASED,
    }


async def test_whether_a_bucket_can_lock_is_asked_once_and_versions_only_if_it_can(played: S3Rig) -> None:
    """Calls cost money and time: one for a page, and where locks are possible one more for each version.

    Beside them one for unfinished uploads, and one for copies in other buckets.
    """
    versions = [{"key": "clients/42/a", "version_id": f"v{number}", "marker": number == 0} for number in range(4)]
    calls = []

    for lockable in (False, True):
        await stored(played, *versions, object_lock=lockable)
        connector = S3(config(played.address))
        for _ in range(2):
            await locate(connector, ME)
        await connector.close()
        async with played.control.get("/_control/calls") as answer:
            made = await answer.json()
        await played.control.delete("/_control/calls")
        calls.append(
            [sum(what in f"{call['method']} {call['path']}" for call in made) for what in ("?object-lock", "HEAD", "?")]
        )

    assert calls == [[1, 0, 7], [1, 6, 13]]


@pytest.mark.parametrize(
    ("bucket", "code"), [({"access_keys": ["another"]}, "InvalidAccessKeyId"), ({"buckets": {}}, "NoSuchBucket")]
)
async def test_what_is_wrong_in_systems_toml_is_told_to_a_person(played: S3Rig, bucket: Any, code: str) -> None:
    """A key that S3 does not know and a bucket that is not there name the entry to repair, and no person."""
    await played.put({**await played.snapshot(), **bucket})

    with pytest.raises(NeedsPerson, match=code) as refused:
        await locate(played.connector, ME)

    assert "[s3] in systems.toml" in refused.value.instructions
    assert "42" not in refused.value.why + refused.value.instructions


async def test_a_wrong_secret_is_told_to_a_person(real: S3SeaweedRig) -> None:
    """The real server computes the signature again."""
    secret = real.endpoint.secret.replace("-secret", "-guess")
    connector = S3(config(real.endpoint.endpoint_url, secret, real.bucket))

    with pytest.raises(NeedsPerson, match="SignatureDoesNotMatch"):
        await locate(connector, ME)
    await connector.close()


async def test_a_redirect_is_not_followed(played: S3Rig) -> None:
    """A person's number and a session's token go to the address in systems.toml, and to no other that it names."""
    elsewhere = web.Application()

    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{played.address}{request.path_qs}"})

    elsewhere.router.add_route("*", "/{path:.*}", redirect)
    async with serving(elsewhere) as address:
        connector = S3(config(address))
        with pytest.raises(NeedsPerson, match="307"):
            await locate(connector, ME)
        await connector.close()

    async with played.control.get("/_control/calls") as answer:
        assert await answer.json() == []


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_a_gateways_page_never_passes_for_an_answer(played: S3Rig, status: int) -> None:
    """Not for "nothing found", not for "gone" and not for "done", whatever its status."""
    await stored(played, {"key": "clients/42/a", "version_id": "v1"}, {"key": "clients/42/\x01", "version_id": "v1"})
    records = await locate(played.connector, ME)
    gateway = web.Application()

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html><body>gateway</body></html>", content_type="text/html", status=status)

    gateway.router.add_route("*", "/{path:.*}", page)
    async with serving(gateway) as address:
        connector = S3(config(address))
        acts = (connector.export, connector.restrict, connector.restore, connector.erase, connector.check)
        for act in acts:
            with pytest.raises(TryLater):
                await act(records)
        with pytest.raises(TryLater):
            await locate(connector, ME)
        await connector.close()


async def test_a_server_that_is_not_there_is_tried_later() -> None:
    """A refused connection heals by itself."""
    connector = S3(config("http://127.0.0.1:1"))

    with pytest.raises(TryLater):
        await locate(connector, ME)
    await connector.close()


async def test_the_stand_in_answers_below_a_path_too() -> None:
    """All stand-ins in one process are under their names; keys and queries pass as they do at the top."""
    key = "clients/42/a/b c%2F?+"
    state = {
        "buckets": {BUCKET: {"versioning": "Enabled", "versions": [{"key": key, "version_id": "v1", "body": "x"}]}}
    }
    together_with_others = web.Application()
    together_with_others.add_subapp("/s3", app(state))

    async with serving(together_with_others) as address:
        connector = S3(config(f"{address}/s3"))
        records = await locate(connector, ME)
        exported = await connector.export(records)
        content = await download(connector, exported)
        await connector.close()

    assert [record.state["key"] for record in records] == [key]
    assert content == [b"x"]


# Where SeaweedFS is not S3


async def test_seaweed_does_not_know_a_markers_own_answer(real: S3SeaweedRig) -> None:
    """AWS: "If the specified version in the request is a delete marker, the response returns a 405"."""
    marker = await real.client.delete_object(Bucket=real.bucket, Key="clients/42/a")

    with pytest.raises(ClientError) as refused:
        await real.client.head_object(Bucket=real.bucket, Key="clients/42/a", VersionId=marker["VersionId"])

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


async def test_seaweed_names_a_deleted_marker_by_half(real: S3SeaweedRig) -> None:
    """AWS, DeletedObject: `VersionId` is "the version ID of the deleted object", a marker's too."""
    marker = await real.client.delete_object(Bucket=real.bucket, Key="clients/42/a")
    named = {"Key": "clients/42/a", "VersionId": marker["VersionId"]}

    answer = await real.client.delete_objects(Bucket=real.bucket, Delete={"Objects": [named]})

    entry = {"Key": "clients/42/a", "DeleteMarker": True, "DeleteMarkerVersionId": marker["VersionId"]}
    assert answer["Deleted"] == [entry]


async def test_seaweed_says_deleted_of_what_it_keeps_and_the_check_does_not_believe_it(real: S3SeaweedRig) -> None:
    """A key is any UTF-8 at AWS. SeaweedFS stores U+FFFD for a control character and can't find it again."""
    await real.put("clients/42/ctrl\x01")

    records = await locate(real.connector, ME)
    (outcome,) = await real.connector.erase(records)
    (checked,) = await real.connector.check(records)

    assert records[0].state["key"] == "clients/42/ctrl\ufffd"
    assert outcome.kind is OutcomeKind.ERASED
    assert checked.kind is OutcomeKind.REFUSED


async def test_seaweed_lets_in_long_names_that_it_cannot_delete(real: S3SeaweedRig) -> None:
    """AWS: a key is up to 1024 bytes. SeaweedFS fails on a long segment, which is an order that did not go through."""
    await real.put(f"clients/42/{'x' * 900}")
    records = await locate(real.connector, ME)

    with pytest.raises(TryLater):
        await real.connector.erase(records)


async def test_seaweed_folds_separators(real: S3SeaweedRig) -> None:
    """At AWS a double or a backward slash is part of a key like any letter. SeaweedFS keeps files in folders."""
    await real.put("clients/42/a//b")
    await real.put("clients/42/c\\d")

    records = await locate(real.connector, ME)
    outcomes = await real.connector.erase(records)

    assert [record.state["key"] for record in records] == ["clients/42/a/b", "clients/42/c/d"]
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}
