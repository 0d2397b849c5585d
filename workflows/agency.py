"""A request that somebody else makes for the person: they are asked, or a human looks; a "no" ends it as a fraud."""

from typing import TYPE_CHECKING

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps

with workflow.unsafe.imports_passed_through():
    from activities.agency import AcknowledgeAgent, AgentAcknowledged
    from activities.agency import Agency as AgencyLetters
    from activities.letter_orders import Acknowledge
    from dsar.agency import Agent, Word, check_of
    from dsar.case import TaskKind, TaskState
    from dsar.policy import Demand
    from dsar.proof import SentCode, matches

if TYPE_CHECKING:
    from workflows.rights_request import RightsRequest

TITLES = {True: "Who is the child's parent or guardian?", False: "Look at a power of attorney"}


class Agency:
    """Who asks, where it is not the person, of one request."""

    def __init__(self, request: "RightsRequest") -> None:
        self._request = request
        self._case = request.case
        self._asked: SentCode | None = None
        self._said: bool | None = None
        self.answer_to_agent = False
        """The answer goes to the agent."""

    @property
    def agent(self) -> Agent | None:
        """Who asks for the person, as they say; `None`: the person asks."""
        return self._case.agent

    @property
    def human_looks(self) -> bool:
        """Whether a human looks at a document or a guardianship, in place of a code to the person."""
        return bool(self.agent and self.agent.by_document and self._asks_itself)

    async def acknowledge(self, order: Acknowledge, agent: Agent) -> AgentAcknowledged:
        """Write to the person, and keep as evidence on what somebody acts for them."""
        named = AcknowledgeAgent(**order.model_dump(), agent=agent, link=self._asks_itself)
        acknowledged = await steps.outside(AgencyLetters.acknowledge_agent, named, "Tell the person who asks for them")
        self._asked = acknowledged.asked
        await self._request.record(
            "agent",
            "somebody asks for the person",
            basis=str(agent.basis),
            child=str(agent.child or ""),
            document=self._case.permission,
        )
        if self._case.proof is Demand.NONE:
            self.answer_to_agent = agent.answer_to_agent  # says what was done, and nothing of the person
        return acknowledged

    async def code_instead(self, order: Acknowledge, agent: Agent) -> SentCode:
        """Their power of attorney was not accepted: as every agent's request, it waits for the person."""
        named = AcknowledgeAgent(**order.model_dump(), agent=agent, again=True)
        acknowledged = await steps.outside(AgencyLetters.acknowledge_agent, named, "Ask the person for a code instead")
        return acknowledged.sent

    async def looked_at(self) -> bool:
        """Have a human look; whether they may act for the person."""
        agent = self.agent
        assert agent is not None  # noqa: S101 - only asked where somebody acts for the person
        task = await self._request.people.ask(
            TaskKind.AUTHORITY, None, TITLES[agent.child is not None], check_of(agent, self._case.request_id)
        )
        accepted = task.state is TaskState.DONE
        await self._request.record("authority", "authority accepted" if accepted else "authority not accepted")
        if accepted:
            self.answer_to_agent = agent.answer_to_agent
        return accepted

    def check(self, word: Word) -> None:
        """Refuse a link that is not ours, a second word, and a "no" that comes too late."""
        if self._asked is None or not matches(word.token, self._asked):
            raise ApplicationError("this link is not one of ours; copy it whole from our letter", type="NoSuchLink")
        if self._said is not None:
            raise ApplicationError("you have answered this already", type="Answered")
        if not word.given:
            self._request.check_not_too_late()
        elif self._request.answered:
            raise ApplicationError("this request is over already", type="Answered")

    async def hear(self, word: Word) -> None:
        """The person says whether they gave permission."""
        self._said = word.given  # before the first await: the link works once
        if not word.given:
            self._request.end_as_fraud("the person says that they gave no permission")
            await self._request.record("permission", "the person says that they gave none")
            return
        await self._request.record("permission", "the person confirmed the permission")
        self.answer_to_agent = bool(self.agent and self.agent.answer_to_agent and word.answer_to_agent)
        self._request.permission_confirmed()

    @property
    def _asks_itself(self) -> bool:
        return self._case.proof is not Demand.NONE and not self._case.proved_by
