"""OpenDSR as the controller: promises that are followed up, copies that are fetched, and no word that is not proved."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.connector import NeedsPerson, TryLater
from connectors.opendsr_config import OpenDsrConfig
from dsar.identity import Identifier, Identity, Key
from dsar.records import OutcomeKind, Record
from standins.opendsr_authority import Authority
from tests.contract.acts import download, locate, planted
from tests.contract.every_connector.refusals import BUSY
from tests.contract.people import ADA, NOBODY
from tests.contract.rig import Fault
from tests.contract.rigs.opendsr import OpenDsrRig

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
EXPECTED = NOW + timedelta(days=10)
CALLBACK = "https://rights.example.test/v2/callbacks/processor"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def rig(clock: Clock) -> AsyncIterator[OpenDsrRig]:
    """A processor that takes its time."""
    fresh = OpenDsrRig(clock, callback_url=CALLBACK)
    async with fresh.start(at_once=False):
        yield fresh


@pytest.fixture
async def ada(rig: OpenDsrRig) -> Record:
    (record,) = await planted(rig, ADA, 3)
    return record


async def test_a_request_says_who_asks_what_under_which_law(rig: OpenDsrRig, ada: Record) -> None:
    """And where to call back; nothing is kept of the person but what they are named by."""
    await rig.connector.erase([ada])

    (asked,) = (await rig.state())["requests"]
    assert (asked["type"], asked["callbacks"]) == ("erasure", [CALLBACK])
    assert {(each["identity_type"], each["identity_value"]) for each in asked["identities"]} == {
        ("email", "ada@example.com"),
        ("controller_customer_id", "C-4711"),
    }


async def test_an_erasure_is_a_promise_until_the_processor_says_that_it_is_done(rig: OpenDsrRig, ada: Record) -> None:
    """To be asked about when it expects to have finished; asked again, it is the same request."""
    (first,) = await rig.connector.erase([ada])
    (again,) = await rig.connector.erase([ada])
    await rig.advance("in_progress")
    (working,) = await rig.connector.check([ada])
    await rig.advance("completed")
    (done,) = await rig.connector.check([ada])

    assert [o.kind for o in (first, again, working)] == [OutcomeKind.ACCEPTED] * 3
    assert [o.check_after for o in (first, again, working)] == [EXPECTED] * 3
    assert done.kind is OutcomeKind.ERASED
    assert len((await rig.state())["requests"]) == 1
    assert not await rig.present(ada)


async def test_a_repeat_sends_the_same_bytes_whenever_it_comes(rig: OpenDsrRig, ada: Record, clock: Clock) -> None:
    """A processor that forgot the answer to the first can tell that it is the same."""
    await rig.connector.erase([ada])
    before = (await rig.state())["requests"]
    rig.processor.held["requests"] = []
    clock.now += timedelta(days=3)
    await rig.connector.erase([ada])

    after = (await rig.state())["requests"]
    assert [each["digest"] for each in before] == [each["digest"] for each in after]


async def test_a_receipt_is_enough_for_a_promise(rig: OpenDsrRig, ada: Record) -> None:
    """A gateway that does not find what the processor has just taken makes no refusal of it."""
    lost = {"kind": "gateway_404", "times": 2, "path": "/requests/"}
    async with rig.control.post("/_control/faults", json=lost) as answer:
        answer.raise_for_status()

    (outcome,) = await rig.connector.erase([ada])

    assert (outcome.kind, outcome.check_after) == (OutcomeKind.ACCEPTED, EXPECTED)
    assert len((await rig.state())["requests"]) == 1


async def test_what_was_cancelled_there_is_refused(rig: OpenDsrRig, ada: Record) -> None:
    """It was not done, and says so."""
    await rig.connector.erase([ada])
    await rig.advance("cancelled")

    (outcome,) = await rig.connector.check([ada])

    assert (outcome.kind, bool(outcome.reason)) == (OutcomeKind.REFUSED, True)


@pytest.mark.parametrize(
    ("expected", "asked"),
    [(NOW - timedelta(days=1), timedelta(hours=1)), (NOW + timedelta(days=999), timedelta(days=100))],
)
async def test_who_is_late_or_sees_no_end_is_asked_all_the_same(
    rig: OpenDsrRig, ada: Record, expected: datetime, asked: timedelta
) -> None:
    """Within the hour, or after a hundred days: never without pause, and never not at all."""
    await rig.connector.erase([ada])
    rig.processor.held["requests"][0]["expected"] = expected.strftime("%Y-%m-%dT%H:%M:%SZ")

    (outcome,) = await rig.connector.check([ada])

    assert (outcome.kind, outcome.check_after) == (OutcomeKind.ACCEPTED, NOW + asked)


@pytest.mark.parametrize(
    ("left", "wait"),
    [
        (timedelta(days=9), timedelta(hours=6)),
        (timedelta(hours=2), timedelta(hours=2)),
        (-timedelta(1), timedelta(0, 300)),
    ],
)
async def test_a_copy_is_waited_for_and_asked_about_often_enough(
    rig: OpenDsrRig, ada: Record, clock: Clock, left: timedelta, wait: timedelta
) -> None:
    """Requested once; from then on only asked about, at least four times a day."""
    with pytest.raises(TryLater):
        await rig.connector.export([ada])
    clock.now = EXPECTED - left
    with pytest.raises(TryLater) as later:
        await rig.connector.export([ada])

    assert later.value.after == wait
    assert [each["type"] for each in (await rig.state())["requests"]] == ["access"]


async def test_a_copy_is_fetched_from_the_processor(rig: OpenDsrRig, ada: Record) -> None:
    """As a file, as it is; the count stands beside it."""
    with pytest.raises(TryLater):
        await rig.connector.export([ada])
    await rig.advance("completed")

    exported = await rig.connector.export([ada])
    copy = b"".join(await download(rig.connector, exported))

    assert copy == b'[{"note": "Note 0"}, {"note": "Note 1"}, {"note": "Note 2"}]'
    assert [each.data["results_count"] for each in exported] == [3]
    assert [file.name for each in exported for file in each.files] == ["processor-results.json"]


async def test_of_whom_nothing_is_held_nothing_is_exported(rig: OpenDsrRig) -> None:
    """Completed without results."""
    records = await locate(rig.connector, NOBODY)
    with pytest.raises(TryLater):
        await rig.connector.export(records)
    await rig.advance("completed")

    assert list(await rig.connector.export(records)) == []


async def test_a_copy_that_leads_elsewhere_is_not_followed(rig: OpenDsrRig, ada: Record) -> None:
    """A redirect is no way to a person's data."""
    with pytest.raises(TryLater):
        await rig.connector.export([ada])
    await rig.advance("completed")
    exported = await rig.connector.export([ada])
    rig.processor.lie = "elsewhere"

    with pytest.raises(TryLater):
        await download(rig.connector, exported)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.test/results",
        "https://processor.example.test.elsewhere.test/results",
        "https://processor.example.test:8443/results",
        "https://us@processor.example.test/results",
        "https://elsewhere.test\\@processor.example.test/results",
        "https://elsewhere.test#processor.example.test/results",
        "http://processor.example.test/results",
        "file:///etc/passwd",
        "//processor.example.test/results",
        "http://[/results",
        "/v2/results",
        "",
    ],
)
async def test_a_copy_at_an_address_of_others_is_not_fetched(rig: OpenDsrRig, ada: Record, url: str) -> None:
    """Whatever it pretends to be: a person is told, and asks for it otherwise."""
    with pytest.raises(TryLater):
        await rig.connector.export([ada])
    await rig.advance("completed")
    rig.processor.results_at = url
    exported = await rig.connector.export([ada])

    with pytest.raises(NeedsPerson, match="not its own"):
        await download(rig.connector, exported)


@pytest.mark.parametrize("lie", ["domain", "signature", "request", "receipt", "certificate", "elsewhere"])
async def test_what_is_not_the_processors_word_is_not_believed(rig: OpenDsrRig, ada: Record, lie: str) -> None:
    """A person is told, and nothing comes of it; once it is true again, it goes on."""
    await rig.connector.close()
    fresh = OpenDsrRig(lambda: NOW)
    async with fresh.start(at_once=True):
        fresh.processor.lie = lie
        with pytest.raises(NeedsPerson) as refused:
            await fresh.connector.erase([ada])
        fresh.processor.lie = ""
        (after,) = await fresh.connector.erase([ada])

    assert "[processor]" in refused.value.instructions
    assert after.kind is OutcomeKind.ERASED


async def test_a_gateways_page_is_no_answer(rig: OpenDsrRig, ada: Record) -> None:
    """What nobody signed says nothing, least of all that there is no such request."""
    await rig.connector.erase([ada])
    rig.processor.lie = "unsigned"

    with pytest.raises(TryLater):
        await rig.connector.check([ada])
    rig.processor.held["requests"] = []
    with pytest.raises(NeedsPerson):
        await rig.connector.check([ada])


async def test_a_certificate_that_has_expired_signs_nothing(rig: OpenDsrRig, ada: Record, clock: Clock) -> None:
    """Also one that was good when it was fetched."""
    await rig.connector.erase([ada])
    clock.now = datetime(2060, 1, 2, tzinfo=UTC)

    with pytest.raises(NeedsPerson, match="not valid today"):
        await rig.connector.check([ada])


async def test_a_key_that_was_changed_is_learned(clock: Clock) -> None:
    """The certificate is fetched again when nothing holds under the one that is known."""
    fresh = OpenDsrRig(clock)
    fresh.processor.authority = Authority()
    async with fresh.start(at_once=True):
        records = await planted(fresh, ADA, 1)
        fresh.processor.authority.renew()
        clock.now += timedelta(minutes=5)

        (outcome,) = await fresh.connector.erase(records)

    assert outcome.kind is OutcomeKind.ERASED


async def test_a_machines_own_authorities_do_not_know_the_stand_ins(clock: Clock) -> None:
    """Without `trusted_ca`, whom this machine trusts is trusted, and nobody else."""
    fresh = OpenDsrRig(clock, trusted_ca=None)
    async with fresh.start():
        with pytest.raises(NeedsPerson, match="authority"):
            await locate(fresh.connector, ADA)


@pytest.mark.parametrize("kind", BUSY)
async def test_a_processor_that_is_not_well_is_asked_again_later(rig: OpenDsrRig, ada: Record, kind: str) -> None:
    """In every act, with its own wait; then it works."""
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "locate": lambda: locate(rig.connector, ADA),
        "erase": lambda: rig.connector.erase([ada]),
        "check": lambda: rig.connector.check([ada]),
    }
    for act in acts.values():
        await rig.fault(kind)
        with pytest.raises(TryLater) as later:
            await act()
        assert later.value.after == (timedelta(seconds=1) if kind in {Fault.RATE_LIMIT, Fault.OVERLOADED_529} else None)
        await act()


@pytest.mark.parametrize(
    ("formats", "chosen"), [(["raw", "sha256"], "raw"), (["md5", "sha256"], "sha256"), (["sha1"], "sha1"), ([], None)]
)
async def test_people_are_named_in_a_way_that_the_processor_supports(
    rig: OpenDsrRig, formats: list[str], chosen: str | None
) -> None:
    """Hashed where it takes no addresses, and not at all where it takes neither."""
    await rig.put({"supports": [["email", form] for form in formats]})

    records = await locate(rig.connector, ADA)

    assert [each.state["identities"][0][2] for each in records] == ([chosen] if chosen else [])
    if chosen == "sha256":
        assert records[0].state["identities"][0][1] == sha256(b"ada@example.com").hexdigest()


async def test_a_second_address_is_a_second_request(rig: OpenDsrRig) -> None:
    """A processor may refuse two values of one type in a request."""
    both = Identity(
        identifiers=tuple(Identifier(kind=Key.EMAIL, value=v) for v in ("a@x.test", "A@x.test", "b@x.test"))
    )

    records = await locate(rig.connector, both)

    assert [(each.id, each.state["identities"]) for each in records] == [
        ("request:1", [["email", "a@x.test", "raw"]]),
        ("request:2", [["email", "b@x.test", "raw"]]),
    ]
    assert len({each.state[kind] for each in records for kind in ("erasure", "access")}) == 4


async def test_what_the_processor_takes_no_requests_for_a_person_asks_for(rig: OpenDsrRig, ada: Record) -> None:
    """By writing to them; then that person's word stands."""
    await rig.put({"types": ["portability"]})

    (erased,) = await rig.connector.erase([ada])
    (checked,) = await rig.connector.check([ada])
    with pytest.raises(TryLater):
        await rig.connector.export([ada])

    assert (erased.kind, checked.kind) == (OutcomeKind.NEEDS_PERSON, OutcomeKind.ACCEPTED)
    assert '"ada@example.com"' in erased.instructions
    assert [each["type"] for each in (await rig.state())["requests"]] == ["portability"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "https://processor.test/v3"},
        {"base_url": "https://processor.test/v2/"},
        {"processor_domain": "https://processor.test"},
        {"regulation": "lgpd"},
        {"identity_types": []},
        {"identity_types": ["android_id"]},
        {"callback_url": "http://rights.example.test/v2/callbacks/processor"},
        {"callback_url": "https://rights.example.test/other"},
        {"trusted_ca": "/nowhere.pem"},
        {"trusted_ca": str(Path(__file__))},
    ],
)
def test_an_entry_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    """At the start, not when the first person asks."""
    good = {
        "name": "processor",
        "kind": "opendsr",
        "title": "Processor",
        "base_url": "https://processor.test/v2",
        "processor_domain": "processor.test",
        "regulation": "ccpa",
        "category": "x",
    }
    OpenDsrConfig.model_validate(good)

    with pytest.raises(ValidationError):
        OpenDsrConfig.model_validate(good | wrong)
