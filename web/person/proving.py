"""Where a code alone is not enough: a person tells more of what we hold, and signs. What comes of it is never said.

Whatever is told, the next page reads the same. What was typed is not shown again but in a form with a mistake, and
only its form can be one: too few things, no telephone number, no name.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web

from dsar.data_points import LONGEST, Point, Signature, counted, entered
from dsar.status import ProofAsked
from intake.desk import Refused
from web.desk import WebDesk
from web.patience import answered
from web.person.form import Form, Mistake, posted
from web.person.guard import FIELD, Guard
from web.person.offers import Offers
from web.person.onward import FOLDER, onward
from web.person.pace import Pace
from web.person.paper import Paper

R = TypeVar("R")

BY_PERSON = "the person, on the web page"
"""Who signed, as the declaration says it."""


NO_SUCH_THING: dict[Point, str] = {
    Point.CUSTOMER_ID: "no_customer_id",
    Point.LAST_INVOICE: "no_last_invoice",
    Point.PROJECT: "no_project",
    Point.PHONE: "no_phone",
    Point.COMPANY: "no_company",
    Point.POSTAL_CODE: "no_postal_code",
}
"""What is said of a text that cannot be one."""


class Proving:
    """`/privacy/requests/{request_id}/proof`."""

    def __init__(
        self, desk: WebDesk, offers: Offers, paper: Paper, guard: Guard, pace: Pace, *, patience: float
    ) -> None:
        self._desk = desk
        self._controller = offers.policy.controller
        self._paper = paper
        self._guard = guard
        self._pace = pace
        self._patience = patience

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        page = FOLDER + "{request_id}/proof"
        return [web.get(page, self.ask), web.post(page, self.take)]

    async def ask(self, request: web.Request) -> web.Response:
        """What is asked for; where nothing is, the request's own page says where it stands."""
        asked = await self._asked(request)
        return self._page(request, asked, Form({})) if asked else onward(request.match_info["request_id"])

    async def take(self, request: web.Request) -> web.Response:
        """Take it. The same page follows, whether it was right or wrong."""
        form = await posted(request)
        asked = await self._asked(request)
        if asked is None:
            return onward(request.match_info["request_id"])
        if not self._guard.holds(request, form.one(FIELD)):
            return self._page(request, asked, form, status=403, alert="press_again")
        if mistakes := [*_mistakes(form, asked)]:
            return self._page(request, asked, form, status=422, mistakes=mistakes)
        request_id = request.match_info["request_id"]
        await self._pace.keep(request, request_id)
        signed = self._signature(request, form) if asked.declaration else None
        try:
            await answered(self._desk.prove(request_id, _told(form, asked), BY_PERSON, signed), self._patience)
        except Refused as error:
            return self._page(request, asked, form, status=409, said=str(error))
        return onward(request.match_info["request_id"], "told")

    async def _asked(self, request: web.Request) -> ProofAsked | None:
        """What can still be told; nothing, once the saga is over or all attempts are used up."""
        row = await self._desk.row(request.match_info["request_id"])
        if row.closed_at is not None:
            return None
        try:
            status = await answered(self._desk.status(row.id), self._patience)
        except Refused:
            return None
        asked = status.proving
        return asked if asked and asked.attempts_left and status.ending is None else None

    def _signature(self, request: web.Request, form: Form) -> Signature:
        """The name, and the words that stood above it, in the person's language."""
        words = self._paper.words(request)
        name, today = form.one("name"), datetime.now(ZoneInfo(self._controller.zone)).date()
        signed = words.say("proof.signed", name=name, day=words.language.date(today))
        return Signature(name=name, text=f"{self._declares(request)} {signed}")

    def _declares(self, request: web.Request) -> str:
        return self._paper.words(request).say(
            "proof.declares", request=request.match_info["request_id"], controller=self._controller.name
        )

    def _page(
        self,
        request: web.Request,
        asked: ProofAsked,
        form: Form,
        *,
        status: int = 200,
        alert: str = "",
        said: str = "",
        mistakes: Sequence[Mistake] = (),
    ) -> web.Response:
        return self._paper.page(
            request,
            "proof",
            status=status,
            mistakes=mistakes,
            request_id=request.match_info["request_id"],
            asked=asked,
            declares=self._declares(request),
            form=form,
            alert=alert,
            said=said,
        )


def _told(form: Form, asked: ProofAsked) -> dict[Point, str]:
    return {point: text for point in asked.asks if (text := form.one(point))}


def _mistakes(form: Form, asked: ProofAsked) -> Iterator[Mistake]:
    """What can be seen to be missing, or no such thing, without looking anything up; in the order of the page."""
    told = _told(form, asked)
    if counted(set(told)) < asked.points:
        yield Mistake(asked.asks[0], "points_one" if asked.points == 1 else "points")
    for point, text in told.items():
        if len(text) > LONGEST:
            yield Mistake(point, "too_long")
        elif entered(point, text) is None:
            yield Mistake(point, NO_SUCH_THING[point])
    if asked.declaration and not (0 < len(form.one("name")) <= LONGEST):
        yield Mistake("name", "sign")
    if asked.declaration and not form.one("declare"):
        yield Mistake("declare", "declare")
