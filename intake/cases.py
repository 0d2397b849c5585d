"""What a submission becomes: a case for each right, with its clock, its proof, and what has to come before it."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from activities.policies import Policies
from dsar.calendars import UnknownRegion
from dsar.case import Case
from dsar.clocks import clock
from dsar.data_map import System
from dsar.identity import Identity, Key, normalise
from dsar.policy import Demand, Policy
from dsar.proof import demanded, for_categories
from dsar.requests import Right
from dsar.submission import Channel, Submission
from dsar.zones import UnknownZone, start_of_day
from intake.refusals import Refused
from ledger.ledger import Ledger
from ledger.requests import NewRequest, OpenDoor

LONGEST_PAST = timedelta(days=400)
"""A letter older than this is a mistake in the date."""

READING = (Right.KNOW, Right.ACCESS, Right.PORTABILITY)
ANYBODY = frozenset({Channel.WEB, Channel.AGENT, Channel.OPENDSR})
"""The doors at which nobody of ours stands: what comes in here is told its own number only."""

DOTLESS = frozenset({"gmail.com", "googlemail.com"})

CHANGING = (Right.DELETE, Right.CORRECT)
"""Of one person's requests, the reading ones are answered before the changing ones begin."""


class Cases:
    """Builds cases by one company's policy and data map, as they stand today."""

    def __init__(
        self,
        ledger: Ledger,
        policies: Policies,
        policy: Policy,
        systems: Sequence[System],
        subject_key: bytes,
        now: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._policies = policies
        self._policy = policy
        self._systems = tuple(systems)
        self._subject_key = subject_key
        self._now = now

    async def check(self, submission: Submission) -> None:
        """Refuse what the policy does not know, before anything is kept."""
        known = self._policy.consents
        if unknown := [name for name in submission.wish.consents if name not in known]:
            names = ", ".join(known) or "none"
            raise Refused(f"wish.consents: the policy knows these: {names}; it does not know {len(unknown)} of yours")
        about = submission.wish.about
        if about and await self._ledger.requests.get(about) is None:
            raise Refused("wish.about: there is no request of this id")

    async def case(self, submission: Submission, right: Right, before: Sequence[Case]) -> Case:
        """One right of a submission as a request of its own; `before` are those of the same submission so far."""
        controller = self._policy.controller
        regime = submission.regime or controller.regime
        if regime not in (accepted := self._policy.regimes.accepted):
            raise Refused(f"regime: requests are not taken in under {regime} here; these are: {', '.join(accepted)}")
        home = controller.region if regime is controller.regime else None
        try:
            sheet = clock(
                regime,
                right,
                self._received(submission),
                zone=controller.zone,
                person_zone=submission.zone,
                region=submission.region or home,
                id_pause=self._policy.terms.pause_for_proof,
            )
        except UnknownZone:
            raise Refused("zone: there is no zone of this name; write it as America/Los_Angeles") from None
        except UnknownRegion:
            raise Refused("region: not one whose holidays are known under this regime; write DE, or DE-BY") from None
        identity = submission.person.identity()
        return Case(
            request_id="request-" + base64.b32encode(secrets.token_bytes(15)).decode().lower(),
            right=right,
            identity=identity,
            channel=submission.channel,
            clock=sheet,
            policy=await self._policies.remember(self._policy),
            terms=self._policy.terms,
            systems=self._systems,
            wish=submission.wish,
            proof=demanded(right, self._policy, submission.wish, sheet.regime),
            proving=self._policy.proving,
            proof_categories=for_categories(self._policy),
            agent=submission.agent,
            permission=self._ledger.digests.of(submission.permission.digest) if submission.permission else "",
            entered_by=submission.entered_by,
            cools_off=right in READING,
            after=await self._to_come_first(right, identity, before),
            dry_run=submission.dry_run,
        )

    def row(self, case: Case) -> NewRequest:
        """What the ledger is told of it."""
        row = self._row(case)
        if case.channel is not Channel.WEB or case.dry_run or case.agent:
            return row
        return OpenDoor(
            **row.model_dump(),
            same=self._same(case),
            mailbox=self._hash(b"mailbox", _mailbox(case.identity)),
            takes_code=case.proof is not Demand.NONE,
        )

    def _row(self, case: Case) -> NewRequest:
        return NewRequest(
            id=case.request_id,
            right=case.right,
            regime=case.clock.regime,
            channel=case.channel,
            received_at=case.clock.received,
            acknowledge_by=_acknowledge_by(case),
            due=case.clock.answer.due,
            safe=case.clock.answer.safe,
            subject=self._subject(case),
            policy=case.policy,
            group=self._fingerprint(case.identity),
        )

    async def _to_come_first(self, right: Right, identity: Identity, before: Sequence[Case]) -> tuple[str, ...]:
        """What changes or erases waits for the person's own requests for a copy of it."""
        if right not in CHANGING:
            return ()
        open_already = await self._ledger.requests.open_of(self._fingerprint(identity), READING)
        same_time = [case.request_id for case in before if case.right in READING]
        return tuple(dict.fromkeys((*open_already, *same_time)))

    def _received(self, submission: Submission) -> datetime:
        now, given = self._now(), submission.received
        if given is None:
            return now
        if not isinstance(given, datetime):
            given = start_of_day(given, (self._policy.controller.zone,))
        if given.tzinfo is None:
            raise Refused("received: give a date, or a time with its offset: 2026-05-05T23:30-07:00")
        if given > now:
            raise Refused("received: that is in the future")
        if now - given > LONGEST_PAST:
            raise Refused(f"received: more than {LONGEST_PAST.days} days ago; is the year right?")
        return given

    def _subject(self, case: Case) -> str:
        """A keyed hash by which a duplicate is recognised: not reversible, and useless elsewhere.

        What comes through a door that anybody can use joins nothing: whoever types somebody's address would be handed
        the open request of theirs, and could take it back.
        """
        if case.dry_run or case.agent or case.channel in ANYBODY:
            return secrets.token_hex(32)
        return self._fingerprint(case.identity)

    def _same(self, case: Case) -> str:
        """A keyed hash of all that a request says: the same letter for letter, once identifiers are written alike."""
        who = sorted((str(i.kind), normalise(i.kind, i.value)) for i in case.identity.identifiers)
        said = json.dumps([case.right, case.clock.regime, who, case.wish.model_dump(mode="json")])
        return self._hash(b"same", said)

    def _hash(self, what: bytes, said: str) -> str:
        return hmac.new(self._subject_key, what + b"\0" + said.encode(), hashlib.sha256).hexdigest()

    def _fingerprint(self, identity: Identity) -> str:
        return hmac.new(self._subject_key, _main_identifier(identity).encode(), hashlib.sha256).hexdigest()


def reading_first(right: Right) -> int:
    """The order in which the rights of one submission are taken in."""
    return (*READING, *(r for r in Right if r not in READING)).index(right)


def _main_identifier(identity: Identity) -> str:
    """What a duplicate has in common with the first: the strongest thing the person is known by."""
    for kind in (Key.EMAIL, Key.CUSTOMER_ID, Key.USER_ID, Key.CLIENT_ID):
        for value in identity.values(kind):
            return f"{kind}:{normalise(kind, value)}"
    raise Refused("give an email, customer_id, client_id or user_id")


def _mailbox(identity: Identity) -> str:
    """Where letters would arrive: ada+1@ and ada+2@ are one mailbox (RFC 5233), as dots are nothing to Gmail."""
    main = _main_identifier(identity)
    local, at, domain = main.rpartition("@")
    local = local.partition("+")[0]
    return f"{local.replace('.', '') if domain in DOTLESS else local}{at}{domain}"


def _acknowledge_by(case: Case) -> date:
    duties = case.clock.duties
    return next((due.safe for duty, due in duties.items() if duty == "acknowledge"), case.clock.answer.safe)
