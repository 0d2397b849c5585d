"""No threat is without an attack, and no attack without a threat."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.attacks.threats import Threat

Test = ast.FunctionDef | ast.AsyncFunctionDef


def attacks() -> list[tuple[str, set[str]]]:
    """Each test of this folder, and the threats that it names."""
    found: list[tuple[str, set[str]]] = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path != Path(__file__):
            inside = ast.parse(path.read_text(encoding="utf-8")).body
            tests = [node for node in inside if isinstance(node, Test) and node.name.startswith("test_")]
            found += [(f"{path.name}::{node.name}", _named(node)) for node in tests]
    return found


def _named(node: Test) -> set[str]:
    calls = [each for each in node.decorator_list if isinstance(each, ast.Call) and ast.unparse(each.func) == "against"]
    return {argument.attr for call in calls for argument in call.args if isinstance(argument, ast.Attribute)}


@pytest.mark.parametrize("threat", Threat)
def test_each_threat_is_tried(threat: Threat) -> None:
    """By at least one test that carries it out."""
    count = Counter(name for _, names in attacks() for name in names)

    assert count[threat.name], f"nobody tries: {threat}"


def test_each_attack_says_what_it_tries() -> None:
    """With a threat of the list."""
    assert [test for test, names in attacks() if not names & Threat.__members__.keys()] == []
