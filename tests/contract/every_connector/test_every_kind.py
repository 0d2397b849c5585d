"""What every connector owes its callers. One suite in this folder, every kind, nothing skipped.

What a vendor cannot do is declared by its connector (`can`), what it cannot show by its rig (`impossible`);
the suite then asserts that the undeclared refuses loudly. A rule that a kind of system cannot keep is declared with
its reason (`exempt`), run all the same, and has to fail.
"""

import re
from pathlib import Path

import pytest

from connectors.catalogue import KINDS
from connectors.connector import Ability, Unsupported
from dsar.records import Record
from tests.contract.acts import FIELDS, acts, discovered
from tests.contract.every_connector.refusals import cannot_be_corrected, cannot_be_walked
from tests.contract.rig import Rig, exempt

RIGS = discovered()
RULES = {
    name
    for file in Path(__file__).parent.glob("test_*.py")
    for name in re.findall(r"^async def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
}


def test_every_kind_has_a_rig_and_every_rig_a_kind() -> None:
    """A connector that is not held to this suite does not exist."""
    kinds = {name: [kind for kind in KINDS if f"{name}_".startswith(f"{kind}_")] for name in RIGS}

    assert [name for name, its in kinds.items() if not its] == []
    assert {max(its, key=len) for its in kinds.values()} == set(KINDS)


@pytest.mark.parametrize("name", sorted(RIGS))
def test_every_exemption_is_from_a_rule_that_there_is(name: str) -> None:
    """An exemption that outlived its rule says something that is not so."""
    exemptions = exempt(RIGS[name]())

    assert [rule for rule in exemptions if rule not in RULES] == []
    assert all(exemptions.values())


async def test_the_rig_runs_the_connector_of_the_catalogue(rig: Rig) -> None:
    """What is tested here is what the worker runs, and everything can at least be searched."""
    connector = rig.connector

    assert type(connector) is KINDS[connector.config.kind]
    assert Ability.LOCATE in connector.can


async def test_what_is_not_declared_refuses_loudly(rig: Rig) -> None:
    """An ability that is not in `can` raises `Unsupported`, whatever it is asked about."""
    record = Record(id="x", category="x", matched=frozenset())
    undeclared = {name: act for name, (declared, act) in acts(rig.connector).items() if not declared}
    if Ability.EXPORT not in rig.connector.can:
        with pytest.raises(Unsupported):
            await rig.connector.export([record])

    for act in undeclared.values():
        with pytest.raises(Unsupported):
            await act([record])
        with pytest.raises(Unsupported):
            await act([])
    await cannot_be_corrected(rig, [record])
    await cannot_be_corrected(rig, [])
    await cannot_be_walked(rig)


async def test_no_records_are_no_outcomes(rig: Rig) -> None:
    """A page without records is a page of work like any other."""
    declared = [act for may, act in acts(rig.connector).values() if may]

    outcomes = [list(await act([])) for act in declared]

    assert outcomes == [[] for _ in declared]
    if Ability.RECTIFY in rig.connector.can:
        assert list(await rig.connector.values([], FIELDS)) == []
        assert list(await rig.connector.rectify([], [])) == []
