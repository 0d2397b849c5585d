"""The policy as people read it, and what another one would change."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar import policy_words as words
from dsar.frozen import Frozen
from dsar.policy import Policy
from dsar.policy_check import parse_policy
from dsar.policy_diff import PHRASES, changes

TEXT = Path("policy.toml").read_text(encoding="utf-8")
POLICY = parse_policy(TEXT)


def edited(old: str, new: str) -> Policy:
    """The shipped policy with some of its text replaced."""
    assert old in TEXT
    return parse_policy(TEXT.replace(old, new))


def test_the_same_policy_changes_nothing() -> None:
    """However it is written."""
    assert changes(POLICY, parse_policy(TEXT.replace("\n\n", "\n# a comment\n"))) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"26 months"', '"13 months"', 'category "cookies and tracking" would be kept for: 13 months (now: 26 months)'),
        ('"contract_ended"', '"created"', "would be kept from: its creation (now: the contract's end)"),
        ('on_deletion = "ask"', 'on_deletion = "erase"', "be: erased (now: a person decides)"),
        ("sensitive = true", "sensitive = false", "would count as sensitive: no (now: yes)"),
        ('hold_before_erasure = "PT24H"', 'hold_before_erasure = "PT48H"', "erasing: 2 days (now: 24 hours)"),
        ('deputy = "deputy@', 'deputy = "ben@', "requests would wake next: ben@opensession.co (now: deputy@opensess"),
        ('"br", "ca", "policy"]', '"policy"]', "requests could name these laws: us-ca, us-va"),
        ("[consents.portfolio]", "[consents.showcase]\nwords = 'x'\n[consents.portfolio]", '"showcase" would be new'),
        ("nobody's service", "no one's service", "the principle of non-discrimination would read: no one's service"),
    ],
)
def test_a_change_is_told_in_words(old: str, new: str, said: str) -> None:
    """What it would be, and what it is."""
    (change,) = changes(POLICY, edited(old, new))

    assert said in change.words


def test_the_proof_of_a_right_is_told() -> None:
    """Whoever lowers it reads so."""
    lowered = TEXT.replace('proof = "code"\nwords = "Californians, and', 'proof = "none"\nwords = "Californians, and')

    (change,) = changes(POLICY, parse_policy(lowered))

    assert change.words == 'right "delete" would need as proof: none (now: a code to the address on file)'


def test_what_comes_and_goes_is_told() -> None:
    """A category that is renamed is one that is gone, and one that is new."""
    renamed = edited('[categories."website analytics"]', '[categories."analytics"]')

    new, gone = changes(POLICY, renamed)

    assert new.words == 'category "analytics" would be new: when a deletion is asked for, erased; kept for: 38 months'
    assert gone.words == 'category "website analytics" would be unknown: a person would decide on each record of it'


def leaves(value: Any, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The paths of all values that are no tables."""
    if not isinstance(value, dict):
        return [above]
    return [path for key, each in value.items() for path in leaves(each, (*above, key))]


@given(path=st.sampled_from(leaves(tomllib.loads(TEXT))))
def test_no_change_is_passed_over(path: tuple[str, ...]) -> None:
    """Whatever one takes out of the policy, as far as it can be done without, is told; and nothing else is."""
    data = tomllib.loads(TEXT)
    table = data
    for key in path[:-1]:
        table = table[key]
    del table[path[-1]]
    try:
        new = Policy.model_validate(data)
    except ValueError:
        return

    told = changes(POLICY, new)

    assert bool(told) == (new.digest != POLICY.digest)
    assert len(told) <= 1
    assert {change.words.count("{") for change in told} <= {0}


def test_every_field_of_the_policy_has_its_own_words() -> None:
    """None is told by its name in the file."""
    kinds: list[type[Frozen]] = [type(POLICY.controller), type(POLICY.terms.people), type(POLICY.regimes)]
    kinds += [type(POLICY.disclosures), type(POLICY.proving)]
    kinds += [type(next(iter(t.values()))) for t in (POLICY.rights, POLICY.consents, POLICY.categories)]
    fields = {field for kind in kinds for field in kind.model_fields} | POLICY.terms.__class__.model_fields.keys()

    assert fields - PHRASES.keys() == {"people"}


def test_the_tables_name_every_right_category_and_consent() -> None:
    """Nothing that is promised is left out of `policy show`."""
    assert [row[0] for row in words.rights(POLICY)] == [*POLICY.rights, "non-discrimination"]
    assert [row[0] for row in words.consents(POLICY)] == list(POLICY.consents)
    assert [row[0] for row in words.schedule(POLICY)] == list(POLICY.categories)
    assert [row[0] for row in words.uses(POLICY)] == list(POLICY.categories)


def test_what_is_locked_says_by_what_law() -> None:
    """And what it may be used for meanwhile."""
    locks = words.locks(POLICY)

    assert [row[0] for row in locks] == ["financial records and invoices", "contracts"]
    assert all(cell for row in locks for cell in row)
