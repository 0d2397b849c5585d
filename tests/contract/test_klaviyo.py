"""What is peculiar to Klaviyo: promises without a number, bulk jobs, links to elsewhere, minutes that are used up."""

import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from connectors.catalogue import build
from connectors.connector import NeedsPerson, TryLater
from connectors.klaviyo import Klaviyo
from connectors.klaviyo_account import KlaviyoHttp
from connectors.klaviyo_config import KlaviyoConfig
from dsar.correction import Field
from dsar.identity import Identifier, Identity, Key
from dsar.matching import Belonging, belonging
from dsar.records import Anchor, OutcomeKind
from standins.klaviyo import app
from standins.serving import serving
from tests.contract.acts import locate, search, walk
from tests.contract.people import ADA
from tests.contract.rigs.klaviyo import ENTRY, KlaviyoRig

ADDRESS = ADA.values(Key.EMAIL)[0]


@pytest.fixture
async def rig() -> AsyncIterator[KlaviyoRig]:
    fresh = KlaviyoRig()
    async with fresh.start():
        yield fresh


def profile(name: str = "01A", **more: Any) -> dict[str, Any]:
    return {"id": name, "email": ADDRESS, **more}


def asked(rig: KlaviyoRig, method: str, part: str) -> list[Any]:
    """The documents that were sent to a route."""
    return [each.body for each in rig.exchanges if each.method == method and part in each.path]


async def test_the_example_of_an_entry_is_one() -> None:
    """What the configuration's description shows can be put into systems.toml."""
    entries = tomllib.loads((KlaviyoConfig.__doc__ or "").partition("In systems.toml:")[2])

    built = build({name: {**each, "secret": "key"} for name, each in entries.items()})

    assert [type(each) for each in built.values()] == [Klaviyo]


# Finding


async def test_a_profile_is_found_by_each_identifier_and_once(rig: KlaviyoRig) -> None:
    """By address, by the company's own id, by number: whatever leads to it, it is one record."""
    who = Identity(identifiers=(*ADA.identifiers, Identifier(kind=Key.PHONE, value="+1 (202) 555-0143")))
    mine = [profile("01A", external_id="C-4711", phone_number="+12025550143"), {"id": "01B", "external_id": "C-4711"}]
    await rig.put({"profiles": [*mine, profile("01C", email="xada@example.com")]})

    records, learned = await search(rig.connector, who)

    assert {record.id: record.matched for record in records} == {
        "profile:01A": {Key.EMAIL, Key.CUSTOMER_ID, Key.PHONE},
        "profile:01B": {Key.CUSTOMER_ID},
    }
    assert learned == [Identifier(kind=Key.CUSTOMER_ID, value="C-4711", source="klaviyo")] * 2


async def test_a_number_alone_proves_nothing(rig: KlaviyoRig) -> None:
    """Who only shares a phone is found for a person to decide."""
    who = Identity(identifiers=(Identifier(kind=Key.PHONE, value="+12025550143"),))
    await rig.put({"profiles": [{"id": "01A", "phone_number": "+12025550143"}]})

    (record,) = await locate(rig.connector, who)

    assert belonging(record.matched) is Belonging.AMBIGUOUS


async def test_a_number_without_its_country_is_not_asked_for(rig: KlaviyoRig) -> None:
    """Klaviyo would refuse it."""
    who = Identity(identifiers=(Identifier(kind=Key.PHONE, value="(202) 555-0143"),))

    assert await locate(rig.connector, who) == []
    assert rig.exchanges == []


async def test_a_link_to_another_host_is_not_followed(rig: KlaviyoRig) -> None:
    """Only the cursor is taken from it: the key goes to the address in systems.toml and nowhere else."""
    await rig.put({"links_to": "http://elsewhere.example", "profiles": [profile(f"01{n}") for n in range(5)]})

    records = await locate(rig.connector, ADA)

    assert len(records) == 5
    assert len({record.id for record in records}) == 5


async def test_the_day_of_the_last_event_is_what_retention_counts_from(rig: KlaviyoRig) -> None:
    """Without an event it is the day of the last change."""
    stamps = {"created": "2024-01-01T00:00:00+00:00", "updated": "2026-01-01T00:00:00+00:00"}
    await rig.put({"profiles": [profile("01A", **stamps, last_event_date="2025-05-05T09:00:00+00:00")]})
    (with_event,) = await locate(rig.connector, ADA)
    await rig.put({"profiles": [profile("01A", **stamps)]})
    (without,) = await locate(rig.connector, ADA)

    assert with_event.dates[Anchor.LAST_INTERACTION].isoformat() == "2025-05-05"
    assert without.dates[Anchor.LAST_INTERACTION].isoformat() == "2026-01-01"


async def test_a_walk_meets_profiles_without_any_identifier(rig: KlaviyoRig) -> None:
    """They are nobody's, and are listed all the same."""
    await rig.put({"profiles": [{"id": "01A"}, profile("01B")]})

    seen = {each.record.id: [i.value for i in each.identifiers] for each in await walk(rig.connector)}

    assert seen == {"profile:01A": [], "profile:01B": [ADDRESS]}


# Erasing


async def test_a_promised_deletion_is_looked_for_again_later(rig: KlaviyoRig) -> None:
    """Klaviyo gives it no number: only the profile itself shows whether it is gone."""
    await rig.put({"deletes_at_once": False, "profiles": [profile()]})
    records = await locate(rig.connector, ADA)

    (accepted,) = await rig.connector.erase(records)
    (early,) = await rig.connector.check(records)
    await rig.put(await rig.state() | {"deletes_at_once": True})
    (late,) = await rig.connector.check(records)
    (again,) = await rig.connector.erase(records)

    assert accepted.kind is OutcomeKind.ACCEPTED
    assert accepted.check_after is not None
    assert accepted.check_after > datetime.now(UTC) + timedelta(days=2)
    assert early.kind is OutcomeKind.REFUSED
    assert (late.kind, again.kind) == (OutcomeKind.ERASED, OutcomeKind.NOT_FOUND)


async def test_a_deletion_takes_the_events_along(rig: KlaviyoRig) -> None:
    """And nobody else's."""
    events = [{"id": "e1", "profile": "01A", "metric": "Opened"}, {"id": "e2", "profile": "01B", "metric": "Opened"}]
    await rig.put({"profiles": [profile("01A"), profile("01B", email="xada@example.com")], "events": events})

    (outcome,) = await rig.connector.erase(await locate(rig.connector, ADA))

    assert outcome.kind is OutcomeKind.ERASED
    assert [each["id"] for each in (await rig.state())["events"]] == ["e2"]


async def test_a_wrong_address_is_not_taken_for_an_empty_account(rig: KlaviyoRig) -> None:
    """Klaviyo words an unknown path as it words an unknown profile."""
    wrong = KlaviyoRig(base_url=f"{rig.connector.config.base_url}/api")
    async with wrong.start():
        with pytest.raises(NeedsPerson):
            await wrong.connector.locate(ADA)


async def test_a_gateways_404_does_not_mean_that_a_profile_is_gone(rig: KlaviyoRig) -> None:
    """Gone is believed only in Klaviyo's own words."""
    await rig.put({"profiles": [profile()]})
    records = await locate(rig.connector, ADA)
    wrong = KlaviyoRig(base_url=f"{rig.connector.config.base_url}/_control/nowhere")
    async with wrong.start():
        with pytest.raises((NeedsPerson, TryLater)):
            await wrong.connector.check(records)


# Suppressing


async def test_a_job_that_takes_its_time_is_waited_for(rig: KlaviyoRig) -> None:
    """Nothing is said to be suppressed before the profile says so."""
    await rig.put({"jobs_take": 1, "profiles": [profile()]})
    records = await locate(rig.connector, ADA)

    with pytest.raises(TryLater) as later:
        await rig.connector.suppress(records)
    await rig.put(await rig.state() | {"jobs_take": 0})
    (outcome,) = await rig.connector.suppress(records)

    assert later.value.after == timedelta(seconds=10)
    assert outcome.kind is OutcomeKind.SUPPRESSED


async def test_one_job_suppresses_a_whole_page(rig: KlaviyoRig) -> None:
    """A hundred addresses at most, and who gets no mail as it is, is left as they are."""
    gone = [{"reason": "HARD_BOUNCE", "timestamp": "2025-01-01T00:00:00+00:00"}]
    mine = [profile("01A"), profile("01B"), profile("01C", suppression=gone)]
    await rig.put({"unique": False, "profiles": mine})
    records = await locate(rig.connector, ADA)
    rig.exchanges.clear()

    outcomes = await rig.connector.suppress(records)

    (job,) = asked(rig, "POST", "suppression")
    assert len(job["data"]["attributes"]["profiles"]["data"]) == 2
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.SUPPRESSED}


async def test_who_left_by_their_own_act_is_not_brought_back(rig: KlaviyoRig) -> None:
    """An unsubscription that came in between stands, and it is said."""
    await rig.put({"profiles": [profile()]})
    records = await locate(rig.connector, ADA)
    await rig.connector.suppress(records)
    left = [{"reason": "UNSUBSCRIBE", "timestamp": "2026-01-01T00:00:00+00:00"}]
    await rig.put({"profiles": [profile(suppression=left)]})

    (outcome,) = await rig.connector.restore(records)

    assert outcome.kind is OutcomeKind.REFUSED
    assert "own act" in outcome.reason


async def test_a_profile_without_an_address_is_a_persons_task(rig: KlaviyoRig) -> None:
    """Klaviyo suppresses addresses only."""
    await rig.put({"profiles": [{"id": "01A", "external_id": "C-4711"}]})
    records = await locate(rig.connector, ADA)

    (outcome,) = await rig.connector.suppress(records)
    (restored,) = await rig.connector.restore(records)

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "https://www.klaviyo.com/profile/01A" in outcome.instructions
    assert restored.kind is OutcomeKind.RESTORED


# Correcting and exporting


async def test_an_address_that_another_profile_has_is_a_persons_task(rig: KlaviyoRig) -> None:
    """They may have to be merged; nothing is changed meanwhile."""
    await rig.put({"profiles": [profile("01A"), profile("01B", email="ada@new.example")]})
    records = await locate(rig.connector, ADA)

    (outcome,) = await rig.connector.rectify(records, [{Field.EMAIL: "ada@new.example"}])

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "already exists" in outcome.instructions
    assert (await rig.state())["profiles"][0]["email"] == ADDRESS


@pytest.mark.parametrize(
    ("wished", "kind"),
    [("+44 20 7946 0018", OutcomeKind.RECTIFIED), ("020 7946 0018", OutcomeKind.NEEDS_PERSON)],
)
async def test_a_number_is_written_with_its_country_only(rig: KlaviyoRig, wished: str, kind: OutcomeKind) -> None:
    """Which country a number without one is from is not guessed."""
    await rig.put({"profiles": [profile(phone_number="+12025550143")]})

    (outcome,) = await rig.connector.rectify(await locate(rig.connector, ADA), [{Field.PHONE: wished}])

    held = (await rig.state())["profiles"][0]["phone_number"]
    assert outcome.kind is kind
    assert held == ("+442079460018" if kind is OutcomeKind.RECTIFIED else "+12025550143")


async def test_an_export_has_every_event_and_its_kind(rig: KlaviyoRig) -> None:
    """Two hundred to a page, all pages; with consent, lists and segments."""
    events = [{"id": f"e{n:04}", "profile": "01A", "metric": f"Metric {n % 2}"} for n in range(450)]
    lists = {"lists": {"L1": "Newsletter"}, "segments": {"S1": "Engaged"}}
    await rig.put({"profiles": [profile(lists=["L1"], segments=["S1"])], "events": events, **lists})

    (exported,) = await rig.connector.export(await locate(rig.connector, ADA))

    data = exported.data
    assert len(data["events"]) == 450
    assert sorted(each["attributes"]["name"] for each in data["metrics"]) == ["Metric 0", "Metric 1"]
    assert [each["attributes"]["name"] for each in data["lists"] + data["segments"]] == ["Newsletter", "Engaged"]
    assert data["profile"]["attributes"]["subscriptions"]["email"]["marketing"]["consent"] == "SUBSCRIBED"
    assert "predictive_analytics" in data["profile"]["attributes"]


# Limits


async def test_a_minute_that_is_used_up_is_not_asked_in_again(rig: KlaviyoRig) -> None:
    """Klaviyo says with each answer how much is left of a route's minute; other routes go on."""
    now = [100.0]
    await rig.put({"steady": 1, "profiles": [profile()]})
    config = KlaviyoConfig.model_validate(ENTRY | {"base_url": rig.connector.config.base_url})
    http = KlaviyoHttp(config, clock=lambda: now[0])

    await http.request("GET", "/api/profiles")
    with pytest.raises(TryLater) as known:
        await http.request("GET", "/api/profiles")
    await http.request("GET", "/api/profiles/{}", "01A")
    asked_meanwhile = [each.path for each in rig.exchanges]
    now[0] += 60
    with pytest.raises(TryLater) as told:
        await http.request("GET", "/api/profiles")
    await http.close()

    assert asked_meanwhile == ["/api/profiles", "/api/profiles/01A"]
    assert all(each.value.after and timedelta() < each.value.after <= timedelta(minutes=1) for each in (known, told))
    assert rig.exchanges[-1].status == 429


async def test_all_pages_are_found_below_another_address() -> None:
    """An address with a path, a proxy's or that of all stand-ins in one process, is as good as Klaviyo's own."""
    profiles = [profile(name) for name in ("01A", "01B", "01C")]
    together = web.Application()
    together.add_subapp("/klaviyo", app({"unique": False, "profiles": profiles}))

    async with serving(together) as address:
        connector = Klaviyo(KlaviyoConfig.model_validate(ENTRY | {"base_url": f"{address}/klaviyo"}))
        found = await locate(connector, ADA)
        exported = await connector.export(found)
        await connector.close()

    assert [each.id for each in found] == ["profile:01A", "profile:01B", "profile:01C"]
    assert len(exported) == 3
