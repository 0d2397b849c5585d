"""The map of the folders, held against what is there."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_package_is_known_to_the_import_linter() -> None:
    """A package that nobody declared could import whatever it likes."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert packages == set(config["tool"]["importlinter"]["root_packages"])


def test_the_fixed_top_level_is_there() -> None:
    """What the owner named is where the owner said."""
    named = [
        "workflows",
        "activities",
        "connectors",
        "worker.py",
        "starter.py",
        "tests",
        "docker-compose.yml",
        "pyproject.toml",
        "README.md",
    ]

    assert [name for name in named if not (ROOT / name).exists()] == []
