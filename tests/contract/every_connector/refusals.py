"""What a connector does not declare it refuses loudly; what a vendor cannot show its rig refuses to."""

import pytest

from connectors.connector import Ability, Unsupported
from dsar.records import Record
from tests.contract.acts import FIELDS
from tests.contract.rig import Fault, Rig, impossible

MANY = 7
"""Records of one person: more than a page everywhere."""
FEW = 3

BUSY = (
    Fault.RATE_LIMIT,
    Fault.RATE_LIMIT_WITHOUT_HINT,
    Fault.SERVER_ERROR,
    Fault.OVERLOADED_529,
    Fault.HTML,
    Fault.TIMEOUT,
)
DENIED = (Fault.UNAUTHORISED, Fault.FORBIDDEN)


async def refused_loudly(rig: Rig, ability: Ability, records: list[Record]) -> bool:
    """Whether the connector does not declare the ability; then it has to say so when it is asked."""
    if ability in rig.connector.can:
        return False
    with pytest.raises(Unsupported):
        await getattr(rig.connector, ability)(records)
    return True


async def cannot_be_corrected(rig: Rig, records: list[Record]) -> bool:
    """Whether the connector does not declare corrections; then it has to say so, asked or told."""
    if Ability.RECTIFY in rig.connector.can:
        return False
    with pytest.raises(Unsupported):
        await rig.connector.values(records, FIELDS)
    with pytest.raises(Unsupported):
        await rig.connector.rectify(records, [{} for _ in records])
    return True


async def cannot_be_walked(rig: Rig) -> bool:
    """Whether the connector does not declare walks; then it has to say so."""
    if Ability.WALK in rig.connector.can:
        return False
    with pytest.raises(Unsupported):
        await rig.connector.walk()
    return True


async def cannot_show(rig: Rig, kind: str) -> bool:
    """Whether the rig declares that its vendor never fails so; then it has to refuse to."""
    if kind not in impossible(rig):
        return False
    with pytest.raises(NotImplementedError):
        await rig.fault(kind)
    return True
