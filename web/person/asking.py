"""Asking: choose what you want, say who you are, read it once more, send it, and see the receipt."""

from aiohttp import web

from dsar.correction import Field
from dsar.requests import Regime
from intake.desk import Refused
from web.desk import WebDesk
from web.failures import as_problem
from web.person.form import Form, Mistake, Mistaken, posted, submission
from web.person.guard import FIELD, Guard
from web.person.offers import WITH_COPY, Offers, takes
from web.person.once import Once, number
from web.person.pace import Pace
from web.person.paper import Paper
from web.person.receipts import Receipts
from web.problems import Problem

SENT = "/privacy/sent"


class Asking:
    """`/privacy`, and the pages that follow from it. Each carries what was entered so far in hidden fields."""

    def __init__(
        self, desk: WebDesk, offers: Offers, paper: Paper, guard: Guard, pace: Pace, receipts: Receipts
    ) -> None:
        self._offers = offers
        self._paper = paper
        self._guard = guard
        self._pace = pace
        self._receipts = receipts
        self._once = Once(desk)

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [
            web.get("/privacy", self.start),
            web.post("/privacy", self.start),
            web.get("/privacy/details", self.details),
            web.post("/privacy/details", self.details),
            web.post("/privacy/review", self.review),
            web.post("/privacy/requests", self.submit),
            web.get(SENT, self.sent),
            web.post(SENT, self.forget),
        ]

    async def start(self, request: web.Request) -> web.Response:
        """Choose one right, or several."""
        return self._start(request, await _form(request))

    async def details(self, request: web.Request) -> web.Response:
        """Say what each right needs, and who you are."""
        form = await _form(request)
        if not self._offers.known(form.all("right")):
            return self._start(request, form, mistake=Mistake("right", "right"))
        return self._details(request, form)

    async def review(self, request: web.Request) -> web.Response:
        """Read it once more before it goes out."""
        form = await posted(request)
        try:
            submission(form, self._offers)
        except Mistaken as mistaken:
            return self._mend(request, form, mistaken)
        return self._review(request, form)

    async def submit(self, request: web.Request) -> web.Response:
        """Send it, once however often the button is pressed. Whatever fails, what was entered comes back."""
        form = await posted(request)
        if not self._guard.holds(request, form.one(FIELD)):
            return self._review(request, form, status=403, alert="press_again")
        try:
            asked = submission(form, self._offers)
        except Mistaken as mistaken:
            return self._mend(request, form, mistaken)
        await self._pace.keep(request, form.one("email") or form.one("customer_id"))
        try:
            receipt = await self._once.submit(form, asked)
        except Refused as refused:
            return self._mend(request, form, Mistaken([_refused(refused)]))
        except Exception as error:  # noqa: BLE001 - told as a problem, and the person keeps what was entered
            return self._not_now(request, form, as_problem(error))
        response = web.Response(status=303, headers={"Location": SENT})
        self._receipts.hand_over(response, receipt)
        return response

    async def sent(self, request: web.Request) -> web.Response:
        """The receipt: where to follow each request, by when it is answered, and the ticket."""
        shown = self._receipts.shown(request)
        if not shown:
            return self._paper.page(request, "gone", status=410)
        rights = [each.right for each in shown]
        return self._paper.page(
            request,
            "sent",
            shown=shown,
            copy=bool(WITH_COPY.intersection(rights)),
            code=self._offers.need_code(rights),
        )

    async def forget(self, request: web.Request) -> web.Response:
        """The ticket is written down: the browser forgets it, and the person goes on to the request."""
        shown = self._receipts.shown(request)
        target = f"/privacy/requests/{shown[0].request_id}" if shown else "/privacy"
        response = web.Response(status=303, headers={"Location": target})
        self._receipts.take_back(response)
        return response

    def _start(self, request: web.Request, form: Form, *, mistake: Mistake | None = None) -> web.Response:
        return self._paper.page(
            request,
            "start",
            status=422 if mistake else 200,
            mistakes=[mistake] if mistake else [],
            groups=self._offers.groups,
            chosen=form.all("right"),
            carried=form.carried(without=("right",)),
        )

    def _details(self, request: web.Request, form: Form, mistaken: Mistaken | None = None) -> web.Response:
        rights = self._offers.known(form.all("right"))
        return self._paper.page(
            request,
            "details",
            status=422 if mistaken else 200,
            mistakes=mistaken.mistakes if mistaken else (),
            rights=rights,
            form=form,
            fields=list(Field),
            laws=self._offers.laws,
            takes=lambda name: takes(name, rights),
            code=self._offers.need_code(rights),
        )

    def _mend(self, request: web.Request, form: Form, mistaken: Mistaken) -> web.Response:
        if any(each.field == "right" for each in mistaken.mistakes):
            first = next(each for each in mistaken.mistakes if each.field == "right")
            return self._start(request, form, mistake=first)
        return self._details(request, form, mistaken)

    def _review(self, request: web.Request, form: Form, *, status: int = 200, alert: str = "") -> web.Response:
        rights = self._offers.known(form.all("right"))
        return self._paper.page(
            request,
            "review",
            status=status,
            alert=alert,
            rights=rights,
            form=form,
            fields=list(Field),
            lives=next((law for law in Regime if law == form.one("lives")), None),
            takes=lambda name: takes(name, rights),
            code=self._offers.need_code(rights),
            carried=form.carried(),
            once=number(form),
        )

    def _not_now(self, request: web.Request, form: Form, problem: Problem) -> web.Response:
        response = self._review(request, form, status=problem.kind.status, alert="not_now")
        response.headers.update(problem.headers)
        return response


async def _form(request: web.Request) -> Form:
    """What a page is opened with: a form that comes back to it, or rights that a link names."""
    if request.method == "POST":
        return await posted(request)
    return Form({"right": request.query.getall("right", [])})


def _refused(refused: Refused) -> Mistake:
    return Mistake("about", "about_unknown") if str(refused).startswith("wish.about") else Mistake("right", "unusable")
