"""What lists show of records."""

from pathlib import Path

from dsar.identity import Key
from dsar.labels import shown_label
from dsar.policy_check import parse_policy
from dsar.records import Record

POLICY = parse_policy(Path("policy.toml").read_text(encoding="utf-8"))


def record(category: str, label: str = "Vegan, uses a wheelchair") -> Record:
    return Record(id="page:1", category=category, matched=frozenset({Key.EMAIL}), label=label)


def test_a_list_does_not_say_what_is_sensitive() -> None:
    """A label of a sensitive category is hidden behind the record's id, and so is one that the policy does not know."""
    assert shown_label(record("workshop attendance"), POLICY) == "page:1"
    assert shown_label(record("unheard of"), POLICY) == "page:1"


def test_a_list_calls_other_records_by_their_label() -> None:
    """Or by their id, where they have none."""
    assert shown_label(record("contracts", "Contract 7"), POLICY) == "Contract 7"
    assert shown_label(record("contracts", ""), POLICY) == "page:1"
