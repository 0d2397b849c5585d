"""Legal holds and the suppression list, in the ledger."""

from datetime import timedelta

import pytest

from dsar.identity import Key
from dsar.legal_holds import LegalHold
from dsar.suppression import Scope
from ledger.facts import NotEvidence
from ledger.legal_holds import HoldsEverything, NoSuchHold, TwoPeople
from tests.unit.ledger_rig import NOON, Clock, opened

HOLD = LegalHold(id="legal-1", reason="pending litigation", category="contracts")
ABOUT_HER = LegalHold(id="legal-2", reason="pending litigation", subject="a" * 64, kind=Key.EMAIL)


async def test_a_hold_is_in_force_until_two_people_lift_it(ledger_url: str) -> None:
    """One asks, another lifts; until then it holds, and the journal says who did what."""
    async with opened(ledger_url) as ledger:
        await ledger.legal_holds.place(HOLD, by="Lea")
        await ledger.legal_holds.place(ABOUT_HER, by="Lea")
        assert await ledger.legal_holds.active() == (HOLD, ABOUT_HER)

        await ledger.legal_holds.ask_lift("legal-1", by="Lea")
        with pytest.raises(TwoPeople, match="somebody else"):
            await ledger.legal_holds.lift("legal-1", by=" LEA ")
        assert await ledger.legal_holds.active() == (HOLD, ABOUT_HER)
        await ledger.legal_holds.lift("legal-1", by="Dee")

        assert await ledger.legal_holds.active() == (ABOUT_HER,)
        assert [e.event for e in await ledger.journal.entries("legal-1")] == [
            "legal hold placed",
            "legal hold lift asked",
            "legal hold lifted",
        ]
        assert (await ledger.legal_holds.list())[0].lifted_by == "Dee"


async def test_a_hold_that_is_lifted_forgets_whom_it_was_about(ledger_url: str) -> None:
    """The keyed hash of the person goes; that it was one person's, known by an address, stays."""
    async with opened(ledger_url) as ledger:
        await ledger.legal_holds.place(ABOUT_HER, by="Lea")
        await ledger.legal_holds.ask_lift("legal-2", by="Lea")
        (asked,) = await ledger.legal_holds.list()
        await ledger.legal_holds.lift("legal-2", by="Dee")

        (lifted,) = await ledger.legal_holds.list()
        assert asked.subject == ABOUT_HER.subject
        assert (lifted.subject, lifted.kind, lifted.reason) == (None, Key.EMAIL, ABOUT_HER.reason)


async def test_nobody_lifts_alone_and_nothing_is_lifted_twice(ledger_url: str) -> None:
    """Unasked, unknown or lifted already: refused."""
    async with opened(ledger_url) as ledger:
        await ledger.legal_holds.place(HOLD, by="Lea")
        with pytest.raises(TwoPeople, match="nobody has asked"):
            await ledger.legal_holds.lift("legal-1", by="Dee")
        await ledger.legal_holds.ask_lift("legal-1", by="Lea")
        await ledger.legal_holds.lift("legal-1", by="Dee")

        with pytest.raises(NoSuchHold):
            await ledger.legal_holds.ask_lift("legal-1", by="Lea")
        with pytest.raises(NoSuchHold):
            await ledger.legal_holds.lift("legal-2", by="Dee")


async def test_a_hold_keeps_no_address(ledger_url: str) -> None:
    """Neither reason nor name may be personal data."""
    async with opened(ledger_url) as ledger:
        with pytest.raises(NotEvidence):
            await ledger.legal_holds.place(HOLD, by="lea@example.com")
        with pytest.raises(NotEvidence, match="who it is"):
            await ledger.legal_holds.place(HOLD, by=" ")
        with pytest.raises(NotEvidence):
            await ledger.legal_holds.place(HOLD.model_copy(update={"reason": "ada@example.com sues"}), by="Lea")

        assert await ledger.legal_holds.active() == ()


async def test_a_hold_of_everything_is_refused(ledger_url: str) -> None:
    """One that names no system, no category and no person would stop every erasure."""
    async with opened(ledger_url) as ledger:
        with pytest.raises(HoldsEverything):
            await ledger.legal_holds.place(LegalHold(id="legal-1", reason="caution"), by="Lea")

        assert await ledger.legal_holds.list() == ()


async def test_who_is_kept_in_mind_is_known_again_since_their_last_request(ledger_url: str) -> None:
    """A later request moves the day, a repeat does not; each scope is its own; others are unknown."""
    clock = Clock()
    async with opened(ledger_url, clock) as ledger:
        assert await ledger.suppressions.add("request-1", Scope.ERASED, ["a" * 64, "b" * 64]) == 2
        clock.forward(timedelta(days=1))
        assert await ledger.suppressions.add("request-2", Scope.ERASED, ["a" * 64]) == 0
        clock.forward(timedelta(hours=1))
        assert await ledger.suppressions.add("request-2", Scope.ERASED, ["a" * 64]) == 0
        assert await ledger.suppressions.add("request-2", Scope.SHARING, ["a" * 64]) == 1

        known = await ledger.suppressions.known(["a" * 64, "c" * 64])

        assert {(k.scope, k.since) for k in known} == {
            (Scope.ERASED, NOON + timedelta(days=1)),
            (Scope.SHARING, NOON + timedelta(days=1, hours=1)),
        }
        assert await ledger.suppressions.count() == 3


async def test_a_long_list_is_looked_up_in_parts(ledger_url: str) -> None:
    """Thousands at once are no more than one can ask for."""
    async with opened(ledger_url) as ledger:
        await ledger.suppressions.add("request-1", Scope.ERASED, [f"{n:064}" for n in range(0, 1500, 3)])

        known = await ledger.suppressions.known(f"{n:064}" for n in range(1500))

        assert len(known) == 500


async def test_what_was_kept_in_mind_for_a_while_is_forgotten_when_it_is_over(ledger_url: str) -> None:
    """Only what that request had put on the list, and only of that kind."""
    async with opened(ledger_url) as ledger:
        await ledger.suppressions.add("request-1", Scope.RESTRICTED, ["a" * 64])
        await ledger.suppressions.add("request-2", Scope.RESTRICTED, ["b" * 64])
        await ledger.suppressions.add("request-1", Scope.SHARING, ["a" * 64])

        assert await ledger.suppressions.forget("request-1", Scope.RESTRICTED) == 1

        known = await ledger.suppressions.known(["a" * 64, "b" * 64])
        assert {(k.fingerprint[0], k.scope) for k in known} == {("b", Scope.RESTRICTED), ("a", Scope.SHARING)}
