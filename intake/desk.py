"""The desk: takes requests in, and passes on what people say of them. It decides nothing that a rule decides."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from temporalio.client import RPCTimeoutOrCancelledError, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.policies import Policies
from dsar.calendars import UnknownRegion
from dsar.case import Case, TaskState
from dsar.clocks import clock
from dsar.data_map import System
from dsar.frozen import Frozen
from dsar.identity import Identity, Key, normalise
from dsar.policy import Policy
from dsar.proof import Attempt
from dsar.status import Status
from dsar.submission import Submission
from dsar.zones import UnknownZone, start_of_day
from intake.engine import Engine, EngineDown
from ledger.ledger import Ledger
from ledger.links import LinkUse, LinkView
from ledger.requests import NewRequest, RequestRow
from vault.vault import Vault
from workflows.deadline import Extension
from workflows.people import Resolution
from workflows.proof import Confirmation
from workflows.rights_request import PATHS, Cancellation, RightsRequest

R = TypeVar("R")

CASE = "case"
"""The vault's name for a request as it is started."""

LONGEST_PAST = timedelta(days=400)
"""A letter older than this is a mistake in the date."""

READY_SECONDS = 3.0
"""What takes longer to answer does not."""


class Refused(Exception):
    """What was asked cannot be done as it stands. The text says why and what to do; it holds no personal data."""


class NotFound(Exception):
    """There is no such request, task or link."""


class Receipt(Frozen):
    """What whoever submits a request gets."""

    request_id: str
    joined: bool
    """The person had asked for the same already: that request goes on, with its own dates."""
    started: bool
    """`False`: kept, and started as soon as the engine is back."""
    passphrase: str
    """The second factor for a download. Shown once, to whoever submitted."""
    due: date
    safe: date


class Readiness(Frozen):
    """What answers. Requests can be kept as long as ledger and vault do; the engine may come later."""

    ledger: bool
    vault: bool
    engine: bool


class Desk:
    """One company's desk."""

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        vault: Vault,
        policies: Policies,
        policy: Policy,
        systems: Sequence[System],
        subject_key: bytes,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._vault = vault
        self._policies = policies
        self._policy = policy
        self._systems = tuple(systems)
        self._subject_key = subject_key
        self._now = now

    async def submit(self, submission: Submission) -> Receipt:
        """Keep a request and start it; a duplicate joins the open one.

        It is kept, sealed, before it has an id in the ledger, and has one before the engine hears of it: whatever
        breaks in between, either nothing was promised, or what was promised is found again by `dispatch`.

        Raises:
            Refused: the right is not carried out, or the date cannot be right.
        """
        case = await self._case(submission)
        await self._vault.create(case.request_id)
        await self._vault.put_model(case.request_id, CASE, case)
        received = await self._ledger.requests.receive(self._row(case))
        if received.joined:
            await self._vault.destroy(case.request_id)
            case = await self._vault.get_model(received.id, CASE, Case)
        passphrase = _words()
        await self._ledger.passphrases.add(received.id, passphrase)
        return Receipt(
            request_id=received.id,
            joined=received.joined,
            started=await self._started(case),
            passphrase=passphrase,
            due=case.clock.answer.due,
            safe=case.clock.answer.safe,
        )

    async def dispatch(self, older_than: timedelta = timedelta(seconds=5)) -> int:
        """Start what was kept while the engine was down; how many. One that cannot be read holds up no other."""
        count, unreadable = 0, None
        for request_id in await self._ledger.requests.unstarted(older_than):
            try:
                count += await self._started(await self._vault.get_model(request_id, CASE, Case))
            except Exception as error:  # noqa: BLE001 - raised below, once the others are started
                unreadable = error
        if unreadable:
            raise unreadable
        return count

    async def ready(self) -> Readiness:
        """Whether what the desk stands on answers, each asked by itself."""
        ledger, vault, engine = await asyncio.gather(
            _answers(self._ledger.requests.unstarted(LONGEST_PAST)),
            _answers(self._vault.exists(CASE, CASE)),
            _answers(self._engine.check()),
        )
        return Readiness(ledger=ledger, vault=vault, engine=engine)

    async def row(self, request_id: str) -> RequestRow:
        """What the ledger knows of a request: no personal data, and still there when the saga is long over."""
        row = await self._ledger.requests.get(request_id)
        if row is None:
            raise NotFound(f"there is no request {request_id}")
        return row

    async def status(self, request_id: str) -> Status:
        """What the saga says of itself."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        return await self._said(handle.query(RightsRequest.status))

    async def confirm(self, request_id: str, code: str) -> Attempt:
        """The person enters the code."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        return await self._said(handle.execute_update(RightsRequest.confirm, Confirmation(code=code)))

    async def send_another_code(self, request_id: str) -> None:
        """The person asks for a fresh code."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        await self._said(handle.execute_update(RightsRequest.send_another_code))

    async def resolve(self, task_id: str, state: TaskState, by: str, note: str = "") -> None:
        """A person finishes a task."""
        request_id = task_id.rpartition(".")[0]
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        resolution = Resolution(task_id=task_id, state=state, by=by, note=note)
        await self._said(handle.execute_update(RightsRequest.resolve, resolution))

    async def extend(self, request_id: str, reason: str) -> str:
        """The privacy lead takes the longer period; the new legal date."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        return await self._said(handle.execute_update(RightsRequest.extend, Extension(reason=reason)))

    async def cancel(self, request_id: str, by: str, reason: str) -> None:
        """Take a request back."""
        await self.row(request_id)
        handle = await self._engine.request(request_id)
        await self._said(handle.execute_update(RightsRequest.cancel, Cancellation(by=by, reason=reason)))

    async def look(self, token: str) -> LinkView:
        """What a download link would do, without using it up or trying a passphrase."""
        return await self._ledger.links.peek(token)

    async def collect(self, token: str, passphrase: str) -> LinkUse:
        """Use a download link up."""
        return await self._ledger.links.consume(token, passphrase)

    def package(self, request_id: str, name: str) -> AsyncIterator[bytes]:
        """The package that a link granted, opened as it is streamed."""
        return self._vault.stream(request_id, name)

    async def _case(self, submission: Submission) -> Case:
        if submission.right not in PATHS:
            carried_out = ", ".join(sorted(PATHS))
            raise Refused(f"requests for {submission.right} are not carried out here yet; these are: {carried_out}")
        controller = self._policy.controller
        regime = submission.regime or controller.regime
        if regime not in (accepted := self._policy.regimes.accepted):
            raise Refused(f"regime: requests are not taken in under {regime} here; these are: {', '.join(accepted)}")
        home = controller.region if regime is controller.regime else None
        try:
            sheet = clock(
                regime,
                submission.right,
                self._received(submission),
                zone=controller.zone,
                person_zone=submission.zone,
                region=submission.region or home,
            )
        except UnknownZone:
            raise Refused("zone: there is no zone of this name; write it as America/Los_Angeles") from None
        except UnknownRegion:
            raise Refused("region: not one whose holidays are known under this regime; write DE, or DE-BY") from None
        return Case(
            request_id="request-" + base64.b32encode(secrets.token_bytes(15)).decode().lower(),
            right=submission.right,
            identity=submission.person.identity(),
            channel=submission.channel,
            clock=sheet,
            policy=await self._policies.remember(self._policy),
            terms=self._policy.terms,
            systems=self._systems,
            dry_run=submission.dry_run,
        )

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
        )

    def _subject(self, case: Case) -> str:
        """A keyed hash by which a duplicate is recognised: not reversible, and useless elsewhere."""
        if case.dry_run:
            return secrets.token_hex(32)
        return hmac.new(self._subject_key, _main_identifier(case.identity).encode(), hashlib.sha256).hexdigest()

    async def _started(self, case: Case) -> bool:
        try:
            await self._engine.start(case)
        except EngineDown:
            return False
        await self._ledger.requests.mark_started(case.request_id)
        return True

    async def _said(self, call: Awaitable[R]) -> R:
        """What the saga answers; a refusal of its own as `Refused`."""
        try:
            return await call
        except WorkflowUpdateFailedError as error:
            if isinstance(error.cause, ApplicationError):
                raise Refused(error.cause.message) from None
            raise
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                raise Refused("this request is not running: it is over, or not started yet") from None
            raise EngineDown from None
        except (RPCTimeoutOrCancelledError, WorkflowQueryFailedError):
            raise EngineDown from None


async def _answers(asking: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(READY_SECONDS):
            await asking
    except Exception:  # noqa: BLE001 - whatever it is, it does not answer
        return False
    return True


def _main_identifier(identity: Identity) -> str:
    """What a duplicate has in common with the first: the strongest thing the person is known by."""
    for kind in (Key.EMAIL, Key.CUSTOMER_ID, Key.USER_ID, Key.CLIENT_ID):
        for value in identity.values(kind):
            return f"{kind}:{normalise(kind, value)}"
    raise Refused("give an email, customer_id, client_id or user_id")


def _acknowledge_by(case: Case) -> date:
    duties = case.clock.duties
    return next((due.safe for duty, due in duties.items() if duty == "acknowledge"), case.clock.answer.safe)


def _words() -> str:
    """A passphrase that can be read out on the phone: 60 bits in four groups."""
    text = base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12]
    return "-".join(text[i : i + 4] for i in range(0, 12, 4))
