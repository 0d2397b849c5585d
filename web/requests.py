"""Requests: handed in and taken back by whoever can sign, followed and confirmed by whoever has the id."""

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel

from dsar.status import STATE_IN_WORDS, told_ending
from intake.desk import Receipt, Refused
from intake.engine import EngineDown
from web import problems
from web.bodies import CodeBody, Followed, ReasonBody, RequestBody, Standing, Submitted
from web.desk import WebDesk
from web.patience import answered
from web.person.pace import Pace
from web.problems import Problem
from web.reading import parsed, read
from web.repeats import Repeats
from web.signatures import Signatures, fingerprint

R = TypeVar("R")

BY_WEBHOOK = "webhook"
"""Who takes a request back, as the journal says it: the company's own site, for the person."""


class Requests:
    """The routes below `/v1/requests`.

    Args:
        public_url: where people reach this server.
        patience: seconds that the engine may take. Beyond it, a status comes from the ledger, and the rest is refused.
        pace: delays many codes for one request, whoever tries them.
    """

    def __init__(
        self, desk: WebDesk, signatures: Signatures, public_url: str, patience: float, pace: Pace | None = None
    ) -> None:
        self._desk = desk
        self._signatures = signatures
        self._public_url = public_url.rstrip("/")
        self._patience = patience
        self._pace = pace or Pace()
        self._submitted: Repeats[Submitted] = Repeats()
        self._cancelled: Repeats[Followed] = Repeats()

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [
            web.post("/v1/requests", self.submit),
            web.get("/v1/requests/{request_id}", self.status),
            web.post("/v1/requests/{request_id}/confirmation", self.confirm),
            web.post("/v1/requests/{request_id}/code", self.send_another_code),
            web.post("/v1/requests/{request_id}/cancellation", self.cancel),
        ]

    async def submit(self, request: web.Request) -> web.Response:
        """Take a request in. It is kept before this answers, whether or not the engine is up."""
        body = await read(request)
        webhook_id = self._signatures.check(request, body)
        submission = parsed(request, body, RequestBody)
        submitted = await self._submitted.once(webhook_id, fingerprint(request, body), lambda: self._submit(submission))
        return _accepted(submitted, submitted.status_url)

    async def status(self, request: web.Request) -> web.Response:
        """Where a request stands; from the ledger, when its saga is over or cannot say."""
        request_id = request.match_info["request_id"]
        row = await self._desk.row(request_id)
        standing = Standing(
            request_id=request_id,
            right=row.right,
            state=row.state,
            ending=told_ending(row.right, row.outcome),
            in_words=STATE_IN_WORDS[row.state],
            due=row.due,
            safe=row.safe,
        )
        if row.closed_at is None:
            standing = await self._newer(standing)
        return _json(standing)

    async def confirm(self, request: web.Request) -> web.Response:
        """The person enters the code."""
        body, request_id = parsed(request, await read(request), CodeBody), request.match_info["request_id"]
        await self._pace.keep_about(request_id)
        return _json(await answered(self._desk.confirm(request_id, body.code, body.ticket), self._patience))

    async def send_another_code(self, request: web.Request) -> web.Response:
        """The person asks for a fresh code; it goes to the address on file."""
        request_id = request.match_info["request_id"]
        await self._pace.keep_about(request_id)
        await answered(self._desk.send_another_code(request_id), self._patience)
        return _accepted(self._followed(request_id), self._status_url(request_id))

    async def cancel(self, request: web.Request) -> web.Response:
        """Take a request back, for the person, while that is still possible."""
        body = await read(request)
        webhook_id = self._signatures.check(request, body)
        reason = parsed(request, body, ReasonBody).reason
        request_id = request.match_info["request_id"]
        followed = await self._cancelled.once(
            webhook_id, fingerprint(request, body), lambda: self._cancel(request_id, reason)
        )
        return _accepted(followed, followed.status_url)

    async def _submit(self, submission: RequestBody) -> Submitted:
        try:
            receipt = await self._desk.submit(submission)
        except Refused as refused:
            raise Problem(problems.REFUSED, str(refused)) from None
        return self._receipt(receipt)

    def _receipt(self, receipt: Receipt) -> Submitted:
        return Submitted(
            **receipt.model_dump(exclude={"others"}),
            status_url=self._status_url(receipt.request_id),
            others=tuple(self._receipt(other) for other in receipt.others),
        )

    async def _cancel(self, request_id: str, reason: str) -> Followed:
        await answered(self._desk.cancel(request_id, BY_WEBHOOK, reason), self._patience)
        return self._followed(request_id)

    async def _newer(self, standing: Standing) -> Standing:
        """What the saga says, which knows of an extension or a change of state first."""
        try:
            said = await answered(self._desk.status(standing.request_id), self._patience)
        except (Refused, EngineDown):
            return standing
        return standing.model_copy(
            update={
                "state": said.told_state,
                "ending": told_ending(said.right, said.ending),
                "in_words": STATE_IN_WORDS[said.told_state],
                "due": said.due,
                "safe": said.safe,
            }
        )

    def _followed(self, request_id: str) -> Followed:
        return Followed(request_id=request_id, status_url=self._status_url(request_id))

    def _status_url(self, request_id: str) -> str:
        return f"{self._public_url}/v1/requests/{request_id}"


def _accepted(answer: BaseModel, status_url: str) -> web.Response:
    response = _json(answer, status=202)
    response.headers["Location"] = status_url
    return response


def _json(answer: BaseModel, status: int = 200) -> web.Response:
    return web.Response(status=status, text=answer.model_dump_json(), content_type="application/json")
