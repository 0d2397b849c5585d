"""Our answer to what the person wrote about their request."""

from temporalio import activity

from activities.letter_orders import Recipient
from activities.outbox import Outbox
from activities.policies import Policies
from dsar import letters


class Reply(Recipient):
    """Order: answer the person's message, the `number`th of this request."""

    number: int
    answer: str


class Talks:
    """The hands of the talk between the person and us."""

    def __init__(self, outbox: Outbox, policies: Policies) -> None:
        self._outbox = outbox
        self._policies = policies

    @activity.defn
    async def send_reply(self, order: Reply) -> None:
        """Send it to the address on file, once."""
        controller = (await self._policies.get(order.policy)).controller
        head = letters.Head(request_id=order.request_id, right=order.right, controller=controller, regime=order.regime)
        await self._outbox.to_person(order, letters.Reply(head=head, answer=order.answer), str(order.number))
