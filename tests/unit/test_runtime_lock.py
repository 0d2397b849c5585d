"""requirements.runtime.lock: what the image installs is what was tested, less what only tests need."""

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

HOW = (
    "make it again: uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header"
    " --no-annotate --constraint requirements.lock pyproject.toml > requirements.runtime.lock"
)


def locked(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Each package's pin with its marker, and its hashes, by its name."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.findall(r"(?m)^([\w.-]+)(==[^\\\n]+?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text)
    return {package: (pin, frozenset(re.findall(r"sha256:\w+", hashes))) for package, pin, hashes in entries}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in requirements}


def test_in_step() -> None:
    """Every package has the version, and the hashes, that the tests ran with."""
    everything = locked("requirements.lock")

    runtime = locked("requirements.runtime.lock")

    assert {name for name, entry in runtime.items() if everything.get(name) != entry} == set(), HOW


def test_complete() -> None:
    """Every package that the project depends on is there, and none that only its development does."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    runtime = set(locked("requirements.runtime.lock"))

    assert names(project["project"]["dependencies"]) - runtime == set(), HOW
    assert names(project["dependency-groups"]["dev"]) & runtime == set(), HOW


def test_read_whole() -> None:
    """No line of the file is one that this test does not understand."""
    text = (ROOT / "requirements.runtime.lock").read_text(encoding="utf-8")

    assert len(locked("requirements.runtime.lock")) == len(re.findall(r"(?m)^\S", text))
