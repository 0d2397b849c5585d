"""What a connector says, in logs, errors and ids, names nobody."""

import logging
import traceback
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from connectors.connector import Ability, ConnectorError
from dsar.correction import Field
from dsar.records import Record
from tests.contract.acts import FIELDS, acts, locate, planted
from tests.contract.every_connector.refusals import BUSY, DENIED, FEW
from tests.contract.people import CANARY, canary
from tests.contract.rig import Rig, impossible


async def test_personal_data_is_in_no_log_and_no_error(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, the texts that reach logs and histories name nobody."""
    caplog.set_level(logging.INFO)
    records = await planted(rig, canary(), FEW)
    texts: list[str] = []

    for kind in (None, *BUSY, *DENIED):
        if kind in impossible(rig):
            continue
        texts += await _complaints(rig, kind, records)

    assert records
    texts += [entry.getMessage() for entry in caplog.records if entry.name != "aiohttp.access"]
    assert not [text for text in texts if CANARY in text.casefold()]


async def test_record_ids_name_nobody(rig: Rig) -> None:
    """A record's id is the system's, not the person's: it is written where personal data may not be."""
    records = await planted(rig, canary(), FEW)

    assert records
    assert not [record.id for record in records if f"{CANARY}@" in record.id.casefold()]


async def _complaints(rig: Rig, kind: str | None, records: list[Record]) -> list[str]:
    """What is said, tracebacks and instructions included, when everything is tried while the vendor is unwell."""
    connector = rig.connector
    tries: list[Callable[[], Awaitable[object]]] = [partial(locate, connector, canary())]
    if Ability.EXPORT in connector.can:
        tries.append(partial(connector.export, records))
    if Ability.RECTIFY in connector.can:
        wished = [{Field.EMAIL: f"new.{CANARY}@example.com", Field.NAME: f"New {CANARY}"} for _ in records]
        tries += [partial(connector.values, records, FIELDS), partial(connector.rectify, records, wished)]
    if Ability.WALK in connector.can:
        tries.append(connector.walk)
    tries += [partial(act, records) for declared, act in acts(connector).values() if declared]
    complaints: list[str] = []
    for each in tries:
        if kind is not None:
            await rig.fault(kind)
        try:
            await each()
        except ConnectorError as error:
            complaints += [*traceback.format_exception(error), repr(error), str(getattr(error, "instructions", ""))]
    return complaints
