"""What the command line tells of the systems: what can be done there, and how well."""

import pytest

from connectors.catalogue import KINDS
from connectors.quality_page import EVIDENCED, RULES, Page, read
from tests.unit.machine import Machine


def test_the_data_map_is_shown_with_how_well_each_system_is_served(machine: Machine) -> None:
    """A line a system: what can be done there, how many rules are kept, and which are not."""
    machine.given(COLUMNS="400")

    said = machine.run("systems", "--quality")

    lines = {line.split()[0]: line for line in said.out.splitlines() if line.strip()}
    assert said.status == 0
    assert f"{len(read('mailchimp').done)} of {len(RULES)}" in lines["mailchimp"]
    assert "restricts" in lines["mailchimp"]
    assert "erase" in lines["mailchimp"]


@pytest.mark.parametrize("name", ["stripe", "business_contacts"])
def test_one_page_is_shown_for_a_kind_or_a_system(machine: Machine, name: str) -> None:
    """Every rule is there, and for what is not kept, the reason. A kind needs no entry."""
    machine.given(COLUMNS="400")
    page = read("stripe" if name == "stripe" else "person")

    said = machine.run("systems", name)

    assert said.status == 0
    assert [rule for rule in RULES if rule not in said.out] == []
    assert [why for why in page.exempt.values() if why not in said.out] == []


def test_what_is_neither_is_told(machine: Machine) -> None:
    """With the names that there are."""
    said = machine.run("systems", "fax")

    assert said.status == 2
    assert "fax" in said.out
    assert "mailchimp" in said.out


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"done": frozenset(RULES) - {"walks"}}, "walks is neither done nor exempt"),
        ({"exempt": {"walks": "It cannot."}}, "walks is both done and exempt"),
        ({"done": frozenset(RULES) - {"walks"}, "exempt": {"walks": "?"}}, "walks is exempt without a reason"),
        ({"done": frozenset({*RULES, "flies"})}, "flies is no rule"),
        ({"evidence": {}}, "independent-server names no evidence"),
        ({"evidence": dict.fromkeys([*EVIDENCED, "flies"], "README.md")}, "flies has evidence and is not done"),
    ],
)
def test_a_page_answers_for_every_rule_once(changed: dict[str, object], told: str) -> None:
    """And says which it does not."""
    whole = {"done": frozenset(RULES), "evidence": dict.fromkeys(EVIDENCED, "README.md"), "exempt": {}}

    with pytest.raises(ValueError, match=told):
        Page.model_validate(whole | changed)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_reason_is_a_sentence(kind: str) -> None:
    """It is read by whoever decides what can be left to this system."""
    reasons = read(kind).exempt

    assert [why for why in reasons.values() if len(why.split()) < 2 or not why.endswith(".")] == []
