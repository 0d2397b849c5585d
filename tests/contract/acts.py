"""What the contract suite does with a connector, and what it believes."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.connector import Ability, Connector
from dsar.correction import Field, Values, says
from dsar.identity import Identifier, Identity
from dsar.records import Exported, Outcome, OutcomeKind, Record, Sighting
from tests.contract.rig import Rig

Act = Callable[[Sequence[Record]], Awaitable[Sequence[Outcome]]]

MOST_PAGES = 1000
GONE = frozenset({OutcomeKind.ERASED, OutcomeKind.ANONYMISED, OutcomeKind.NOT_FOUND})
FIELDS = tuple(Field)


def discovered() -> dict[str, type[Rig]]:
    """Every rig under tests/contract/rigs, by its file: `<kind>.py`, or `<kind>_<server>.py` for a second system."""
    modules = sorted(path.stem for path in (Path(__file__).parent / "rigs").glob("*.py"))
    return {name: _rig(importlib.import_module(f"tests.contract.rigs.{name}")) for name in modules}


def _rig(module: Any) -> type[Rig]:
    (rig,) = (
        value
        for name, value in vars(module).items()
        if name.endswith("Rig") and isinstance(value, type) and value.__module__ == module.__name__
    )
    found: type[Rig] = rig
    return found


def acts(connector: Connector) -> dict[str, tuple[bool, Act]]:
    """Everything that answers with outcomes: whether it is declared, and how to call it, in an order that works."""
    reversible = bool(connector.can & {Ability.SUPPRESS, Ability.RESTRICT})
    return {
        "suppress": (Ability.SUPPRESS in connector.can, connector.suppress),
        "restrict": (Ability.RESTRICT in connector.can, connector.restrict),
        "restore": (reversible, connector.restore),
        "erase": (Ability.ERASE in connector.can, connector.erase),
        "check": (Ability.ERASE in connector.can, connector.check),
    }


async def search(connector: Connector, identity: Identity) -> tuple[list[Record], list[Identifier]]:
    """All pages of a search: the records, each once, and what they teach."""
    records: list[Record] = []
    learned: list[Identifier] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await connector.locate(identity, cursor)
        records += page.records
        learned += page.learned
        cursor = page.cursor
        if cursor is None:
            break
    assert cursor is None, "the search has no end"
    assert len({record.id for record in records}) == len(records), "a record was found twice"
    return records, learned


async def locate(connector: Connector, identity: Identity) -> list[Record]:
    """All pages of a search."""
    return (await search(connector, identity))[0]


async def planted(rig: Rig, identity: Identity, count: int) -> list[Record]:
    """Seed a person and find them."""
    await rig.seed(identity, count)
    return await locate(rig.connector, identity)


async def walk(connector: Connector, cursor: str | None = None) -> list[Sighting]:
    """All pages of a walk, from this one on: each record once, and what it says of whose it is."""
    seen: list[Sighting] = []
    for _ in range(MOST_PAGES):
        page = await connector.walk(cursor)
        seen += page.sightings
        cursor = page.cursor
        if cursor is None:
            break
    assert cursor is None, "the walk has no end"
    assert len({sighting.record.id for sighting in seen}) == len(seen), "a record was met twice"
    return seen


def theirs(seen: Sequence[Sighting], identity: Identity) -> list[Record]:
    """The records that say they are this person's, however that is written."""
    return [s.record for s in seen if any(identity.knows(i.kind, i.value) for i in s.identifiers)]


async def said(connector: Connector, records: Sequence[Record]) -> list[Values]:
    """All that these records, none of which is gone, say in any field."""
    held = [values for values in await connector.values(records, FIELDS) if values is not None]
    assert len(held) == len(records)
    return held


def instead(held: Sequence[Values], wished: Values) -> list[Values]:
    """What each record should say: of what is wished, the fields that it has."""
    return [{field: wished[field] for field in values} for values in held]


async def download(connector: Connector, exported: Sequence[Exported]) -> list[bytes]:
    """Every chunk of every file that the export names."""
    return [chunk for each in exported for file in each.files async for chunk in connector.open(file)]


async def killed_half_way(rig: Rig, records: Sequence[Record]) -> None:
    """Start erasing and cancel as soon as the first record is seen gone."""
    erasing = asyncio.ensure_future(rig.connector.erase(records))
    while not erasing.done() and all([await rig.present(record) for record in records]):
        pass
    await _killed(erasing)


async def correction_killed_half_way(rig: Rig, records: Sequence[Record], values: Sequence[Values]) -> None:
    """Start correcting and cancel as soon as the system is seen to say something else."""
    before = await rig.snapshot()
    correcting = asyncio.ensure_future(rig.connector.rectify(records, values))
    while not correcting.done() and await rig.snapshot() == before:
        pass
    await _killed(correcting)


async def _killed(act: asyncio.Future[Sequence[Outcome]]) -> None:
    act.cancel()
    with suppress(asyncio.CancelledError):
        await act


async def believe(rig: Rig, records: Sequence[Record], outcomes: Sequence[Outcome]) -> None:
    """Each record is gone behind the connector's back too, or its outcome says why not."""
    assert [outcome.record_id for outcome in outcomes] == [record.id for record in records]
    for record, outcome in zip(records, outcomes, strict=True):
        match outcome.kind:
            case OutcomeKind.ERASED | OutcomeKind.ANONYMISED | OutcomeKind.NOT_FOUND:
                assert not await rig.present(record)
            case OutcomeKind.ACCEPTED:
                assert outcome.check_after is not None
                assert outcome.check_after > datetime.now(UTC)
            case OutcomeKind.RETAINED:
                assert outcome.basis
            case OutcomeKind.REFUSED:
                assert outcome.reason
            case OutcomeKind.NEEDS_PERSON:
                assert outcome.instructions
            case _:
                raise AssertionError(f"{outcome.kind} says nothing of an erasure")


async def believe_correction(
    rig: Rig, records: Sequence[Record], wished: Sequence[Values], outcomes: Sequence[Outcome]
) -> None:
    """Each record says what it should when asked again, or its outcome says why not."""
    assert [outcome.record_id for outcome in outcomes] == [record.id for record in records]
    found = await rig.connector.values(records, FIELDS)
    for outcome, now, values in zip(outcomes, found, wished, strict=True):
        match outcome.kind:
            case OutcomeKind.RECTIFIED:
                assert now is not None
                assert [f for f, value in values.items() if not says(f, now.get(f, ""), value)] == []
            case OutcomeKind.NOT_FOUND:
                assert now is None
            case OutcomeKind.NEEDS_PERSON:
                assert outcome.instructions
            case _:
                raise AssertionError(f"{outcome.kind} says nothing of a correction")
