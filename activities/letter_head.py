"""What every letter to a person begins with."""

from activities.letter_orders import Recipient
from activities.policies import Policies
from dsar.letters import Head


async def head_of(order: Recipient, policies: Policies, public_url: str = "") -> Head:
    """The head of a letter about a request; with the address of our pages, it names the request's own."""
    return Head(
        request_id=order.request_id,
        right=order.right,
        controller=(await policies.get(order.policy)).controller,
        regime=order.regime,
        page=f"{public_url}/privacy/requests/{order.request_id}" if public_url else "",
    )
