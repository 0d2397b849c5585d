"""The protocol's endpoints (2.01 to 2.06)."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import hdrs, web

from dsar.requests import Right
from intake.desk import Refused
from ledger.partners import NewPartnerRequest, PartnerRequest, Partners
from web.callbacks import Notice
from web.desk import WebDesk
from web.doors import Described
from web.drp import errors
from web.drp.bodies import exercise
from web.drp.described import described
from web.drp.errors import DrpProblem
from web.drp.messages import Message, addressed, decoded, lasting, opened, timely, verified
from web.drp.states import FINAL, expected_by, status_object
from web.partners import Agent, Drp
from web.patience import answered
from web.problems import Problem
from web.reading import read
from web.standing import Stand, of_row, stand

T = TypeVar("T")

AGENT = "/v1/agent/{agent_id}"
EXERCISE = "/v1/data-rights-request"
REQUEST = EXERCISE + "/{request_id}"

_COPIES = frozenset({Right.KNOW, Right.ACCESS, Right.PORTABILITY})


class DrpDoor:
    """Takes requests of the agents that the settings name.

    Args:
        now: the time, UTC.
        patience: seconds that the engine may take.
    """

    prefix = "drp:"

    def __init__(
        self,
        desk: WebDesk,
        partners: Partners,
        settings: Drp,
        patience: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._desk = desk
        self._partners = partners
        self._settings = settings
        self._patience = patience
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        """What is served here."""
        return [
            web.post(AGENT, self.set_up),
            web.get(AGENT, self.agent),
            web.post(EXERCISE, self.exercise),
            web.post(EXERCISE + "/", self.exercise),
            web.get(REQUEST, self.status),
            web.delete(REQUEST, self.revoke),
        ]

    def described(self) -> Described:
        """The same, for whoever writes a client."""
        return described(AGENT, EXERCISE, REQUEST)

    def is_here(self, path: str) -> bool:
        """Whether a path is this protocol's."""
        return path.startswith(("/v1/agent/", EXERCISE))

    def problem(self, problem: Problem) -> web.Response:
        """A problem in the protocol's own form."""
        return errors.answer(problem)

    async def set_up(self, request: web.Request) -> web.Response:
        """Give an agent a token (2.05). Whatever fails is answered 403, with no body."""
        body = await read(request)
        try:
            token = await self._token(request.match_info["agent_id"], body)
        except DrpProblem:
            return web.Response(status=403)
        return _json({"agent-id": request.match_info["agent_id"], "token": token})

    async def agent(self, request: web.Request) -> web.Response:
        """Whether a token is still good (2.06)."""
        if await self._bearer(request) != request.match_info["agent_id"]:
            raise DrpProblem(errors.FORBIDDEN)
        return _json({})

    async def exercise(self, request: web.Request) -> web.Response:
        """Take a request in (2.01). It is kept before this answers."""
        envelope = decoded(await read(request))
        agent_id = await self._bearer(request)
        agent = self._settings.agents[agent_id]
        message = opened(
            envelope, agent.key(), agent_id=agent_id, business_id=self._settings.business_id, now=self._now()
        )
        return _json(await self._finished(self._exercise(agent_id, agent, message)))

    async def status(self, request: web.Request) -> web.Response:
        """Where a request stands (2.02)."""
        asked = await self._asked(request, await self._bearer(request))
        return _json(await self._status(asked, await self._stand(asked)))

    async def revoke(self, request: web.Request) -> web.Response:
        """Take a request back (2.04). What the person or another asked for, too, goes on for them."""
        envelope = decoded(await read(request))
        agent_id = await self._bearer(request)
        claims = verified(envelope, self._settings.agents[agent_id].key())
        if "agent-id" in claims or "business-id" in claims:
            addressed(claims, agent_id, self._settings.business_id)
            timely(claims, self._now())
        asked = await self._asked(request, agent_id)
        return _json(await self._finished(self._revoke(asked)))

    def may_call(self, partner: str, url: str) -> bool:
        """Whether the settings still allow to call an agent there."""
        agent = self._settings.agents.get(partner.removeprefix(self.prefix))
        return agent is not None and agent.may_be_called(url)

    async def notice(self, asked: PartnerRequest, url: str) -> Notice:
        """The status object, for the agent's `status_callback` (2.03); an extension is news, too."""
        told = status_object(asked, await self._stand(asked))
        word = told.status if told.status in FINAL else f"{told.status} by {told.expected_by}"
        return Notice(word, told.status in FINAL, told.model_dump_json(exclude_none=True).encode(), {})

    async def _token(self, agent_id: str, body: bytes) -> str:
        agent = self._settings.agents.get(agent_id)
        envelope = decoded(body)
        if agent is None:
            raise DrpProblem(errors.FORBIDDEN)
        message = opened(
            envelope, agent.key(), agent_id=agent_id, business_id=self._settings.business_id, now=self._now()
        )
        await self._use(agent_id, message)
        return await self._partners.issue_token(_partner(agent_id))

    async def _exercise(self, agent_id: str, agent: Agent, message: Message) -> dict[str, Any]:
        asks = exercise(message.claims)
        submission = asks.submission(agent_id, message.payload)
        callback = asks.status_callback
        if callback is not None and not agent.may_be_called(callback):
            raise DrpProblem(errors.INVALID, "status_callback is not at an address that was agreed on.", fatal=True)
        await self._use(agent_id, message)
        digest = self._partners.digest(lasting(message.claims))
        if known := await self._known(agent_id, asks.agent_request_id, digest):
            return await self._status(known, await self._stand(known))
        try:
            receipt = await self._desk.submit(submission)
        except Refused as refused:
            raise DrpProblem(errors.INVALID, str(refused), fatal=True) from None
        stands = of_row(await self._desk.row(receipt.request_id))
        asked = await self._partners.bind(
            NewPartnerRequest(
                partner=_partner(agent_id),
                ref=str(uuid.uuid4()),
                request_id=receipt.request_id,
                partner_ref=asks.agent_request_id,
                digest=digest,
                joined=receipt.joined,
                callbacks=(callback,) if callback else (),
                told=f"open by {expected_by(stands)}",
                claims=asks.evidence(),
            )
        )
        note = f"Ticket, for the person to enter with their code: {receipt.ticket}" if receipt.right in _COPIES else ""
        return status_object(asked, stands, note).model_dump(exclude_none=True)

    async def _known(self, agent_id: str, agent_request_id: str | None, digest: str) -> PartnerRequest | None:
        """What the agent asked under this name before: it saw no answer, and asks again."""
        if agent_request_id is None:
            return None
        known = await self._partners.named(_partner(agent_id), agent_request_id)
        if known is not None and known.digest != digest:
            raise DrpProblem(errors.INVALID, "This agent-request-id was used for another request.", fatal=True)
        return known

    async def _revoke(self, asked: PartnerRequest) -> dict[str, Any]:
        stands = await self._stand(asked)
        if asked.withdrawn_at is None:
            if status_object(asked, stands).status in FINAL:
                raise DrpProblem(errors.TOO_LATE, "The request is over.")
            if await self._partners.is_last(asked):
                await self._cancel(asked)
            await self._partners.withdraw(asked)
        again = await self._partners.get(asked.partner, asked.ref)
        return await self._status(again or asked, stands)

    async def _cancel(self, asked: PartnerRequest) -> None:
        try:
            why = "revoked by the person's agent"
            await answered(self._desk.cancel(asked.request_id, asked.partner, why), self._patience)
        except Refused as refused:
            raise DrpProblem(errors.TOO_LATE, str(refused)) from None

    async def _status(self, asked: PartnerRequest, stands: Stand) -> dict[str, Any]:
        return status_object(asked, stands).model_dump(exclude_none=True)

    async def _stand(self, asked: PartnerRequest) -> Stand:
        return await stand(self._desk, asked.request_id, self._patience)

    async def _use(self, agent_id: str, message: Message) -> None:
        if not await self._partners.first_use(_partner(agent_id), message.payload, message.until):
            raise DrpProblem(errors.REPLAYED)

    async def _bearer(self, request: web.Request) -> str:
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        partner = await self._partners.partner_of(token.strip()) if scheme.lower() == "bearer" and token else None
        agent_id = (partner or "").removeprefix("drp:")
        if agent_id not in self._settings.agents:
            raise DrpProblem(errors.UNKNOWN)
        return agent_id

    async def _asked(self, request: web.Request, agent_id: str) -> PartnerRequest:
        asked = await self._partners.get(_partner(agent_id), request.match_info["request_id"])
        if asked is None:
            raise DrpProblem(errors.FORBIDDEN, "This agent has no such request.")
        return asked

    async def _finished(self, work: Awaitable[T]) -> T:
        """Do it to its end, also if the agent hangs up: its message is used."""
        return await asyncio.shield(asyncio.ensure_future(work))


def _partner(agent_id: str) -> str:
    return f"drp:{agent_id}"


def _json(content: dict[str, Any]) -> web.Response:
    return web.Response(text=json.dumps(content), content_type="application/json")
