"""Entering a request that came by letter, by telephone or across the counter: the same checks as everywhere."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from aiohttp import web

from dsar.correction import Field
from dsar.submission import Channel, Submission
from intake.desk import Refused
from web.failures import as_problem
from web.patience import answered
from web.person.form import Form, Mistake, Mistaken, posted, submission
from web.person.offers import WITH_COPY, Offers, takes
from web.person.once import Once, number
from web.staff.desk import StaffDesk
from web.staff.guard import FIELD, StaffGuard
from web.staff.paper import StaffPaper
from web.staff.sessions import who
from web.staff.told import PRESS_AGAIN, Told

PAGE = "/staff/enter"
CHANNELS = (Channel.POST, Channel.PHONE, Channel.EMAIL, Channel.STAFF)
NAMES = ("email", "name", "phone", "customer_id", "client_id", "user_id", "social_account")
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


class Entering:
    """One form. The receipt is the answer to it, and on no other page."""

    def __init__(
        self,
        desk: StaffDesk,
        offers: Offers,
        paper: StaffPaper,
        guard: StaffGuard,
        today: Callable[[], date],
        *,
        patience: float,
    ) -> None:
        self._offers = offers
        self._paper = paper
        self._guard = guard
        self._today = today
        self._patience = patience
        self._once = Once(desk)

    async def show(self, request: web.Request) -> web.Response:
        """The form."""
        return self._page(request, Form({"received": [self._today().isoformat()]}), Told())

    async def enter(self, request: web.Request) -> web.Response:
        """Take it in, once however often the button is pressed. Whatever fails, what was typed comes back."""
        form = await posted(request)
        if not self._guard.holds(request, form.one(FIELD)):
            return self._page(request, form, PRESS_AGAIN)
        try:
            asked = self._submission(form, who(request))
        except Mistaken as mistaken:
            return self._page(request, form, Told(422, mistakes=mistaken.mistakes))
        try:
            receipt = await answered(self._once.submit(form, asked), self._patience)
        except Refused as error:
            return self._page(request, form, Told(409, said=str(error)))
        except Exception as error:  # noqa: BLE001 - told as a problem, and what was typed is kept
            return self._page(request, form, Told(as_problem(error).kind.status, alert="not_now"))
        receipts = [receipt, *receipt.others]
        copy = bool(WITH_COPY.intersection(each.right for each in receipts))
        return self._paper.show(request, "entered", receipts=receipts, copy=copy)

    def _submission(self, form: Form, by: str) -> Submission:
        """What it asks for, and every mistake at once."""
        more, wrong = self._more(form)
        try:
            asked = submission(form, self._offers, names=NAMES, entered_by=by, **more)
        except Mistaken as mistaken:
            raise Mistaken([*wrong, *mistaken.mistakes]) from None
        if wrong:
            raise Mistaken(wrong)
        return asked

    def _more(self, form: Form) -> tuple[dict[str, Any], list[Mistake]]:
        """How and when it reached us, and where the person is."""
        given: dict[str, Any] = {"region": form.one("region").upper() or None}
        wrong = []
        try:
            given["received"] = date.fromisoformat(form.one("received"))
        except ValueError:
            wrong.append(Mistake("received", "received"))
        else:
            if given["received"] > self._today():
                wrong.append(Mistake("received", "received_later"))
        if form.one("channel") in CHANNELS:
            given["channel"] = Channel(form.one("channel"))
        else:
            wrong.append(Mistake("channel", "channel"))
        if given["region"] and not _REGION.fullmatch(given["region"]):
            wrong.append(Mistake("region", "region"))
            given["region"] = None
        return given, [*wrong, *self._unused(form)]

    def _unused(self, form: Form) -> list[Mistake]:
        """What was filled in and would be lost: nothing that is asked for needs it."""
        rights = self._offers.known(form.all("right"))
        filled = {
            "consents": form.one("consents"),
            "changes": next((name for field in Field if form.one(name := f"to_{field}")), ""),
            "about": form.one("about"),
            "statement": form.one("statement"),
        }
        lost = [name for name, value in filled.items() if value and not takes(name, rights)]
        return [Mistake(filled[name] if name == "changes" else name, "unused") for name in lost if rights]

    def _page(self, request: web.Request, form: Form, told: Told) -> web.Response:
        return self._paper.show(
            request,
            "enter",
            told,
            form=form,
            channels=[str(each) for each in CHANNELS],
            groups=self._offers.groups,
            laws=self._offers.laws,
            fields=list(Field),
            today=self._today(),
            once=number(form),
        )
