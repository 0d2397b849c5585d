"""What a request says of who asks, for whoever has to reach them: claims, and personal data."""

from dsar.agency import Agent
from dsar.case import Case
from dsar.frozen import Frozen
from dsar.identity import Identifier
from dsar.submission import Channel
from intake.handing_over import CASE
from intake.refusals import Refused
from vault.keys import KeyUnavailable
from vault.store import NotInVault
from vault.vault import Vault


class WhoAsks(Frozen):
    """As it was given when the request was made; what systems teach of the person is not among it."""

    given: tuple[Identifier, ...]
    agent: Agent | None
    channel: Channel
    entered_by: str


async def who_asks(vault: Vault, request_id: str) -> WhoAsks:
    """Of one request. Raises `Refused` once it is forgotten."""
    try:
        case = await vault.get_model(request_id, CASE, Case)
    except (KeyUnavailable, NotInVault):
        raise Refused("this is over, and all that it held is forgotten") from None
    return WhoAsks(given=case.identity.identifiers, agent=case.agent, channel=case.channel, entered_by=case.entered_by)
