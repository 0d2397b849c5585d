"""Following a request, by its id: where it stands, the code, another code, taking it back.

The id is 120 random bits, known to whoever sent the request and to the letter at the address on file. What a page says
is the same whether or not we know the person: where we know nobody, codes can be tried all the same, and none fits.
"""

from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web

from dsar.case import Ending, State
from dsar.proof import demanded, is_code
from dsar.requests import Right
from dsar.status import ASKED_BY_ANYBODY, ProofAsked, Status, told_ending
from dsar.waiting import Subject
from intake.desk import Refused
from intake.engine import EngineDown
from ledger.requests import RequestRow
from web.desk import WebDesk
from web.patience import answered
from web.person.form import Form, Mistake, is_request_id, posted
from web.person.guard import FIELD, Guard
from web.person.handing import Handing
from web.person.offers import WITH_COPY, Offers
from web.person.onward import FOLDER, onward
from web.person.pace import Pace
from web.person.paper import Paper
from web.person.proofs import Proofs
from web.person.receipts import Receipts

R = TypeVar("R")

BY_PERSON = "the person, on the web page"
"""Who takes a request back, as the engine keeps it."""

FIND = "/privacy/find"
TOLD = frozenset({"confirmed", "code-sent", "told"})
NOTES = TOLD | {"wrong-code", "cancelled"}
"""What a page can say of the form that led to it."""

OVER = frozenset({State.ANSWERED, State.CLOSED})


@dataclass(frozen=True)
class Standing:
    """What is shown of a request: nothing of the person, nothing that tells whom we know."""

    request_id: str
    right: Right
    received: date
    state: State
    ending: Ending | None
    due: date
    safe: date
    explain: tuple[str, ...] = ()
    attempts_left: int | None = None
    proving: ProofAsked | None = None
    heard: bool = False
    """Whether the saga itself was heard; otherwise it is what the ledger knows."""

    @property
    def over(self) -> bool:
        """Whether the answer is out."""
        return self.ending is not None or self.state in OVER


class Following:
    """The pages below `/privacy/requests/`."""

    def __init__(
        self,
        desk: WebDesk,
        offers: Offers,
        paper: Paper,
        guard: Guard,
        pace: Pace,
        proofs: Proofs,
        receipts: Receipts,
        handing: Handing,
        *,
        patience: float,
    ) -> None:
        self._desk = desk
        self._offers = offers
        self._paper = paper
        self._guard = guard
        self._pace = pace
        self._proofs = proofs
        self._receipts = receipts
        self._handing = handing
        self._patience = patience
        self._zone = ZoneInfo(offers.policy.controller.zone)

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        page = FOLDER + "{request_id}"
        return [
            web.get(FIND, self.ask_number),
            web.post(FIND, self.find),
            web.get(page, self.show),
            web.post(page + "/code", self.confirm),
            web.post(page + "/another-code", self.another_code),
            web.get(page + "/cancel", self.ask_cancel),
            web.post(page + "/cancel", self.cancel),
        ]

    async def ask_number(self, request: web.Request) -> web.Response:
        """For who has only the number: our letters end with it."""
        return self._paper.page(request, "find", number="")

    async def find(self, request: web.Request) -> web.Response:
        """Lead to the request of this number; whether there is one, its own page says."""
        number = (await posted(request)).one("number").lower()
        if not is_request_id(number):
            return self._paper.page(
                request, "find", status=422, mistakes=[Mistake("number", "number")], number=number[:64]
            )
        return onward(number)

    async def show(self, request: web.Request) -> web.Response:
        """Where it stands."""
        note = request.query.get("note", "")
        return await self._show(request, note=note if note in NOTES else "")

    async def confirm(self, request: web.Request) -> web.Response:
        """Enter the code. What cannot be a code costs no attempt."""
        form, request_id = await posted(request), request.match_info["request_id"]
        code = "".join(form.one("code").split())
        if not is_code(code):
            return await self._show(request, status=422, mistake=Mistake("code", "code"), code=form.one("code")[:40])
        if refused := await self._refused(request, form):
            return refused
        ticket = form.one("ticket") or self._receipts.ticket(request, request_id)
        try:
            attempt = await answered(self._desk.confirm(request_id, code, ticket), self._patience)
        except Refused as error:
            return await self._show(request, status=409, said=str(error))
        response = onward(request_id, "confirmed" if attempt.verified else "wrong-code")
        if attempt.passphrase:
            response = self._handing.given(request_id, attempt.passphrase)
        if attempt.verified:
            self._proofs.hand_over(request, response, request_id)
        return response

    async def another_code(self, request: web.Request) -> web.Response:
        """Have a fresh code sent to the address on file."""
        form, request_id = await posted(request), request.match_info["request_id"]
        if refused := await self._refused(request, form):
            return refused
        try:
            await answered(self._desk.send_another_code(request_id), self._patience)
        except Refused as error:
            return await self._show(request, status=409, said=str(error))
        return onward(request_id, "code-sent")

    async def ask_cancel(self, request: web.Request) -> web.Response:
        """Ask whether it is meant."""
        standing = await self._standing(request)
        if standing.over:
            return onward(standing.request_id)
        return self._paper.page(request, "cancel", standing=standing)

    async def cancel(self, request: web.Request) -> web.Response:
        """Take the request back."""
        form, request_id = await posted(request), request.match_info["request_id"]
        if refused := await self._refused(request, form):
            return refused
        try:
            await answered(self._desk.cancel(request_id, BY_PERSON, BY_PERSON), self._patience)
        except Refused as error:
            return await self._show(request, status=409, said=str(error))
        return onward(request_id, "cancelled")

    async def _refused(self, request: web.Request, form: Form) -> web.Response | None:
        if not self._guard.holds(request, form.one(FIELD)):
            return await self._show(request, status=403, alert="press_again")
        await self._pace.keep(request, request.match_info["request_id"])
        return None

    async def _show(
        self,
        request: web.Request,
        *,
        status: int = 200,
        note: str = "",
        said: str = "",
        alert: str = "",
        mistake: Mistake | None = None,
        code: str = "",
    ) -> web.Response:
        standing = await self._standing(request)
        asked = standing.heard and not standing.over and await self._asked(standing.request_id)
        if note == "wrong-code" and standing.state is State.AWAITING_PROOF:
            mistake = Mistake("code", "wrong_code")
        return self._paper.page(
            request,
            "request",
            status=status,
            mistakes=[mistake] if mistake else [],
            standing=standing,
            stage=self._stage(standing, note),
            needs_code=self._offers.need_code([standing.right]),
            note=note if note in TOLD and not (note == "confirmed" and standing.proving) else "",
            said=said,
            alert=alert,
            code=code,
            asked=asked,
            by_anybody=standing.right in ASKED_BY_ANYBODY,
            ticket=standing.right in WITH_COPY and not self._receipts.ticket(request, standing.request_id),
        )

    async def _asked(self, request_id: str) -> bool:
        """Whether we wait for the person's answer to a question."""
        try:
            talk = await answered(self._desk.talk(request_id), self._patience)
        except (Refused, EngineDown):
            return False
        return Subject.CLARIFICATION in talk.asked

    def _stage(self, standing: Standing, note: str) -> str:
        """Which words tell where it stands."""
        if note == "cancelled" and not standing.over:
            return "cancelling"
        if standing.proving and standing.state is State.AWAITING_PROOF:
            return "checking" if standing.proving.given else "proving"
        if standing.state is State.AWAITING_PROOF and not self._offers.need_code([standing.right]):
            return "unproven"
        if note == "confirmed" and standing.state is State.AWAITING_PROOF:
            return State.IN_PROGRESS  # the saga has the code, and takes its next step in a moment
        return standing.state

    async def _standing(self, request: web.Request) -> Standing:
        row = await self._desk.row(request.match_info["request_id"])
        standing = Standing(
            request_id=row.id,
            right=row.right,
            received=row.received_at.astimezone(self._zone).date(),
            state=self._state(row),
            ending=told_ending(row.right, row.outcome),
            due=row.due,
            safe=row.safe,
        )
        if row.closed_at is not None:
            return standing
        try:
            return _newer(standing, await answered(self._desk.status(row.id), self._patience))
        except (Refused, EngineDown):
            return standing

    def _state(self, row: RequestRow) -> State:
        """Where a code is not enough, whether what was told was right is not said before the answer."""
        hidden = row.closed_at is None and demanded(row.right, self._offers.policy, regime=row.regime).beyond_code
        return State.AWAITING_PROOF if hidden and row.state is not State.RECEIVED else row.state


def _newer(standing: Standing, status: Status) -> Standing:
    return Standing(
        request_id=standing.request_id,
        right=standing.right,
        received=standing.received,
        state=status.told_state,
        ending=told_ending(standing.right, status.ending),
        due=status.due,
        safe=status.safe,
        explain=status.explain,
        attempts_left=status.attempts_left,
        proving=status.proving,
        heard=True,
    )
