"""The protocol's endpoints, below `/v2`. Every answer is signed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import hdrs, web

from dsar.policy import Controller
from intake.desk import NotFound, Refused
from ledger.partners import NewPartnerRequest, PartnerRequest, Partners
from web import problems
from web.callbacks import Notice
from web.desk import WebDesk
from web.doors import Described
from web.opendsr import errors
from web.opendsr.bodies import RIGHTS, VERSION, DsrRequest, parsed
from web.opendsr.described import described
from web.opendsr.signing import Signer
from web.opendsr.states import CANCELLED, FINAL, PENDING, expected, rfc3339, state_of
from web.partners import OpenDsr, OpenDsrController
from web.patience import answered
from web.problems import Mistake, Problem
from web.reading import read
from web.repeats import Repeats
from web.standing import Stand, of_row, stand

T = TypeVar("T")

FOLDER = "/v2/"
DISCOVERY = FOLDER + "discovery"
CERTIFICATE = FOLDER + "certificate.pem"
REQUESTS = FOLDER + "requests"
REQUEST = REQUESTS + "/{subject_request_id}"

Json = dict[str, Any]


class OpenDsrDoor:
    """Takes requests of the controllers that the settings name.

    Args:
        signer: signs the answers.
        us: the company, whose zone and regime are home.
        public_url: where this server is reached.
        patience: seconds that the engine may take.
    """

    prefix = "opendsr:"

    def __init__(
        self,
        desk: WebDesk,
        partners: Partners,
        settings: OpenDsr,
        signer: Signer,
        *,
        us: Controller,
        public_url: str,
        patience: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._desk = desk
        self._partners = partners
        self._settings = settings
        self._signer = signer
        self._us = us
        self._public_url = public_url.rstrip("/")
        self._patience = patience
        self._now = now
        self._taken: Repeats[Json] = Repeats()

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [
            web.get(DISCOVERY, self.discovery),
            web.get(CERTIFICATE, self.certificate),
            web.post(REQUESTS, self.create),
            web.get(REQUEST, self.status),
            web.delete(REQUEST, self.cancel),
        ]

    def described(self) -> Described:
        """The same, for whoever writes a client."""
        return described(REQUESTS, REQUEST, CERTIFICATE, DISCOVERY)

    def is_here(self, path: str) -> bool:
        """Whether a path is this protocol's."""
        return path.startswith(FOLDER)

    def problem(self, problem: Problem) -> web.Response:
        """A problem in the protocol's own form, signed."""
        return self._signed(errors.content(problem), problem.kind.status, problem.headers)

    async def discovery(self, _: web.Request) -> web.Response:
        """What is supported here."""
        kinds = ["email"]
        if any(controller.customer_ids for controller in self._settings.controllers.values()):
            kinds.append("controller_customer_id")
        return self._signed(
            {
                "api_version": VERSION,
                "supported_identities": [{"identity_type": kind, "identity_format": "raw"} for kind in kinds],
                "supported_subject_request_types": list(RIGHTS),
                "processor_certificate": self._public_url + CERTIFICATE,
            }
        )

    async def certificate(self, _: web.Request) -> web.Response:
        """What verifies our answers."""
        return web.Response(text=self._signer.certificate, content_type="application/x-pem-file")

    async def create(self, request: web.Request) -> web.Response:
        """Take a request in. It is kept before this answers; the same again is answered the same."""
        name, controller = self._controller(request)
        body = await read(request)
        asks = parsed(body)
        self._check_callbacks(asks, controller)
        key, fingerprint = f"{name}:{asks.subject_request_id}", hashlib.sha256(body).digest()
        try:
            answer = await self._taken.once(key, fingerprint, lambda: self._create(name, controller, asks, body))
        except Problem as problem:
            raise (Problem(errors.REUSED) if problem.kind is problems.REUSED else problem) from None
        return self._signed(answer, 201)

    async def status(self, request: web.Request) -> web.Response:
        """Where a request stands."""
        name, _ = self._controller(request)
        asked = await self._asked(request, name)
        return self._signed(self.standing(asked, await self._stand(asked)) | {"api_version": VERSION})

    async def cancel(self, request: web.Request) -> web.Response:
        """Take a request back while it is pending. What the person or another asked for, too, goes on for them."""
        name, _ = self._controller(request)
        asked = await self._asked(request, name)
        state = state_of(asked, await self._stand(asked))
        if state not in {PENDING, CANCELLED}:
            raise Problem(errors.NOT_PENDING)
        if state == PENDING:
            if await self._partners.is_last(asked):
                await self._cancelled(self._desk.cancel(asked.request_id, asked.partner, "cancelled by the controller"))
            await self._partners.withdraw(asked)
        answer = {
            "controller_id": name,
            "received_time": rfc3339(self._now()),
            "subject_request_id": asked.ref,
            "api_version": VERSION,
        }
        return self._signed(answer, 202)

    def standing(self, asked: PartnerRequest, stands: Stand) -> Json:
        """What status and callback have in common."""
        return {
            "controller_id": asked.partner.removeprefix("opendsr:"),
            "expected_completion_time": expected(stands, self._us.zone),
            "subject_request_id": asked.ref,
            "request_status": state_of(asked, stands),
        }

    def may_call(self, partner: str, url: str) -> bool:
        """Whether the settings still allow to call a controller there."""
        controller = self._settings.controllers.get(partner.removeprefix(self.prefix))
        return controller is not None and controller.may_be_called(url)

    async def notice(self, asked: PartnerRequest, url: str) -> Notice:
        """The status, signed, for one of the controller's callback addresses (8.5, 8.6)."""
        told = self.standing(asked, await self._stand(asked)) | {"status_callback_url": url}
        body = json.dumps(told).encode()
        word = told["request_status"]
        return Notice(word, word in FINAL, body, self._signer.headers(body))

    async def _create(self, name: str, controller: OpenDsrController, asks: DsrRequest, body: bytes) -> Json:
        digest = self._partners.digest(body)
        asked = await self._partners.get(_partner(name), asks.subject_request_id)
        extensions: Json = {}
        if asked is None:
            asked, extensions = await self._submitted(name, asks, controller, digest)
        if asked.digest != digest:
            raise Problem(errors.REUSED)
        stands = of_row(await self._desk.row(asked.request_id))
        return {
            "controller_id": name,
            "expected_completion_time": expected(stands, self._us.zone),
            "received_time": rfc3339(asked.received_at),
            "encoded_request": base64.b64encode(body).decode(),
            "subject_request_id": asked.ref,
            **extensions,
        }

    async def _submitted(
        self, name: str, asks: DsrRequest, controller: OpenDsrController, digest: str
    ) -> tuple[PartnerRequest, Json]:
        """Kept; with the ticket that the person enters with their code, which is told only now."""
        submission = asks.submission(controller, self._us.regime, self._now())
        try:
            receipt = await self._desk.submit(submission)
        except Refused as refused:
            raise Problem(errors.INVALID, str(refused)) from None
        asked = await self._partners.bind(
            NewPartnerRequest(
                partner=_partner(name),
                ref=asks.subject_request_id,
                request_id=receipt.request_id,
                digest=digest,
                joined=receipt.joined,
                callbacks=tuple(asks.status_callback_urls),
                told=PENDING,
            )
        )
        if asks.subject_request_type == "erasure":
            return asked, {}
        return asked, {"extensions": {self._signer.domain: {"ticket": receipt.ticket}}}

    async def _stand(self, asked: PartnerRequest) -> Stand:
        return await stand(self._desk, asked.request_id, self._patience)

    async def _cancelled(self, work: Awaitable[T]) -> T:
        try:
            return await answered(work, self._patience)
        except Refused as refused:
            raise Problem(errors.NOT_PENDING, str(refused)) from None

    async def _asked(self, request: web.Request, name: str) -> PartnerRequest:
        asked = await self._partners.get(_partner(name), request.match_info["subject_request_id"])
        if asked is None:
            raise NotFound("this controller has no such request")
        return asked

    def _controller(self, request: web.Request) -> tuple[str, OpenDsrController]:
        """Who sends this, by its token."""
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        given = hashlib.sha256(token.strip().encode(errors="replace")).hexdigest()
        for name, controller in self._settings.controllers.items():
            if scheme.lower() == "bearer" and hmac.compare_digest(given, controller.token_sha256):
                return name, controller
        raise Problem(errors.UNKNOWN_TOKEN, headers={hdrs.WWW_AUTHENTICATE: "Bearer"})

    def _check_callbacks(self, asks: DsrRequest, controller: OpenDsrController) -> None:
        mistakes = [
            Mistake(pointer=f"#/status_callback_urls/{number}", detail="is not at an address that was agreed on")
            for number, url in enumerate(asks.status_callback_urls)
            if not controller.may_be_called(url)
        ]
        if mistakes:
            raise Problem(errors.INVALID, mistakes=mistakes)

    def _signed(self, content: Json, status: int = 200, headers: Any = None) -> web.Response:
        body = json.dumps(content).encode()
        return web.Response(
            status=status,
            body=body,
            content_type="application/json",
            headers={**(headers or {}), **self._signer.headers(body)},
        )


def _partner(name: str) -> str:
    return f"opendsr:{name}"
