"""All pages for the data subject, as one part of the web process."""

import secrets

from aiohttp import web

from dsar.policy import Policy
from dsar.requests import Right
from web.desk import WebDesk
from web.doors import Described
from web.person import style
from web.person.asking import Asking
from web.person.described import described
from web.person.following import Following
from web.person.guard import Guard
from web.person.handing import Handing
from web.person.offers import Offers
from web.person.opting_out import OptingOut
from web.person.pace import Pace
from web.person.paper import Paper
from web.person.permission import Permission
from web.person.proofs import Proofs
from web.person.proving import Proving
from web.person.receipts import Receipts
from web.person.talking import Talking
from web.problems import Problem

PLACE = "/privacy"
"""Where they are."""

_TOLD = {404: "not_found", 413: "too_large", 503: "not_now"}


class PersonPages:
    """What is served below `/privacy`.

    Args:
        policy: whose rights, consents and laws are offered.
        key: 32 bytes for tokens and receipts, the same in every process that serves the pages; `None`: this process
            makes its own, and forms that were open before it was started have to be sent twice.
        https: whether people reach the pages by https.
        patience: seconds that the engine may take.
        pace: delays who sends many forms.
    """

    def __init__(
        self,
        desk: WebDesk,
        policy: Policy,
        *,
        https: bool,
        key: bytes | None = None,
        patience: float = 10,
        pace: Pace | None = None,
    ) -> None:
        key = key or secrets.token_bytes(32)
        offers, guard, pace = Offers(policy), Guard(key, https=https), pace or Pace()
        receipts, proofs = Receipts(key, https=https), Proofs(key, https=https)
        self._paper = Paper(policy, guard)
        handing = Handing(self._paper, guard, key, https=https)
        self._parts: list[Asking | Following | Handing | Permission | Proving | Talking | OptingOut] = [
            Asking(desk, offers, self._paper, guard, pace, receipts),
            Following(desk, offers, self._paper, guard, pace, proofs, receipts, handing, patience=patience),
            handing,
            Permission(desk, self._paper, guard, pace, patience=patience),
            Proving(desk, offers, self._paper, guard, pace, patience=patience),
            Talking(desk, self._paper, guard, pace, proofs, patience=patience),
        ]
        if Right.OPT_OUT in offers.rights:
            self._parts.append(OptingOut(desk, self._paper, guard, pace, receipts))

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [*style.routes(), *(route for part in self._parts for route in part.routes())]

    def described(self) -> Described:
        """The same, for whoever reads `/openapi.json`."""
        return described(opt_out=any(isinstance(part, OptingOut) for part in self._parts))

    def problem(self, request: web.Request, problem: Problem) -> web.Response:
        """What went wrong, for a person to read."""
        told = _TOLD.get(problem.kind.status, "unusable" if problem.kind.status < 500 else "not_now")
        response = self._paper.page(request, "problem", status=problem.kind.status, told=told)
        response.headers.update(problem.headers)
        return response


def is_here(path: str) -> bool:
    """Whether a path is one of these pages'."""
    return path == PLACE or path.startswith(f"{PLACE}/")
