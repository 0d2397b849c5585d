"""What a request says of who asks, for whoever has to reach them: claims, and personal data."""

from dsar.agency import Agent, Permission
from dsar.case import Case
from dsar.frozen import Frozen
from dsar.identity import Identifier
from dsar.submission import Channel
from intake.handing_over import CASE
from intake.permissions import Permissions
from intake.refusals import NotFound, Refused
from ledger.requests import RequestRow
from vault.keys import KeyUnavailable
from vault.store import NotInVault
from vault.vault import Vault

LONGEST = 10_000
"""So many letters of a permission are shown: as many as a form takes."""


class WhoAsks(Frozen):
    """As it was given when the request was made; what systems teach of the person is not among it."""

    given: tuple[Identifier, ...]
    agent: Agent | None
    channel: Channel
    entered_by: str
    document: bool = False
    """Whether a permission came, with the request or after it."""
    words: str = ""
    """What it says, where it came as text."""


async def who_asks(vault: Vault, permissions: Permissions, row: RequestRow) -> WhoAsks:
    """Of one request. Raises `Refused` once it is forgotten."""
    try:
        case = await vault.get_model(row.id, CASE, Case)
    except (KeyUnavailable, NotInVault):
        raise Refused("this is over, and all that it held is forgotten") from None
    document = await _document(permissions, row) if case.agent else None
    return WhoAsks(
        given=case.identity.identifiers,
        agent=case.agent,
        channel=case.channel,
        entered_by=case.entered_by,
        document=document is not None,
        words=_words(document) if document else "",
    )


async def _document(permissions: Permissions, row: RequestRow) -> Permission | None:
    try:
        return await permissions.last(row)
    except NotFound:
        return None


def _words(document: Permission) -> str:
    return document.content.decode("utf-8", "replace")[:LONGEST] if document.media_type == "text/plain" else ""
