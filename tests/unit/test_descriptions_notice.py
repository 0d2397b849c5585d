"""The vendors' descriptions that lie in the repository: whose they are is said beside them, and as they say it."""

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "contract" / "descriptions"
FILES = sorted(path.name for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", FILES)
def test_the_notice_says_of_each_file_what_the_file_says_of_itself(name: str) -> None:
    """Its terms, and its licence or that it names none, in its own line."""
    info = json.loads((FOLDER / name).read_text(encoding="utf-8"))["info"]
    notice = (FOLDER / "README.md").read_text(encoding="utf-8")
    (line,) = [each for each in notice.splitlines() if each.startswith(f"| `{name}`")]

    assert info["termsOfService"] in line
    if "license" in info:
        assert f'`license`: "{info["license"]["name"]}", {info["license"]["url"]}' in line
    else:
        assert "no `license`" in line


def test_there_are_some() -> None:
    """Nothing is said of nothing."""
    assert FILES
