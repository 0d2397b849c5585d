"""The walk that docs/adding-a-connector.md describes, done: its code, where it says, is held to the suite of all."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "adding-a-connector.md").read_text(encoding="utf-8")
NEEDED = (
    "connectors",
    "dsar",
    "standins",
    "tests/contract",
    "tests/postgres.py",
    "pyproject.toml",
    "policy.toml",
    "systems.toml",
)

FILES = dict(re.findall(r"(?ms)^`([\w/]+\.py)`\n\n```python\n(.*?)^```$", GUIDE))
"""Each program of the guide, by the place that it names."""
PAGE = dict(re.findall(r"(?ms)^`([\w/]+\.toml)`\n\n```toml\n(.*?)^```$", GUIDE))
"""The page of rules."""
DIFF = re.findall(r"(?ms)^```diff\n(.*?)^```$", GUIDE)
ENTRY = [text for text in re.findall(r"(?ms)^```toml\n(.*?)^```$", GUIDE) if text not in PAGE.values()]
KIND = "helpdesk"


def walked(copy: Path) -> Path:
    """A copy of the repository in which every step of the guide was done."""
    for name in NEEDED:
        source, target = ROOT / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for name, text in (FILES | PAGE).items():
        (copy / name).write_text(text, encoding="utf-8")
    for each in DIFF:
        changed(copy, each)
    with (copy / "systems.toml").open("a", encoding="utf-8") as systems:
        systems.writelines(["\n", *ENTRY])
    return copy


def changed(copy: Path, diff: str) -> None:
    """Do what a diff without line numbers says: each new line comes after the known one above it."""
    heading, *lines = diff.splitlines()
    place = copy / heading.removeprefix("--- ")
    text = place.read_text(encoding="utf-8").splitlines()
    at = 0
    for line in lines:
        if line.startswith("+"):
            at += 1
            text.insert(at, line[1:])
        else:
            at = text.index(line[1:])
    place.write_text("\n".join(text) + "\n", encoding="utf-8")


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool in the copy."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=100, check=False)  # noqa: S603


def test_the_guide_has_every_part_of_the_walk() -> None:
    """A connector, a stand-in, a rig, a page of rules, a line in the catalogue, an entry in the data map."""
    places = [f"connectors/{KIND}.py", f"standins/{KIND}.py", f"tests/contract/rigs/{KIND}.py"]

    assert list(FILES) == places
    assert list(PAGE) == [f"connectors/quality/{KIND}.toml"]
    assert len(DIFF) == 1
    assert len(ENTRY) == 1


def test_who_follows_the_guide_is_green(tmp_path: Path) -> None:
    """The sample passes every test that the shipped connectors pass, and none is left out."""
    copy = walked(tmp_path)
    suite = "tests/contract/every_connector"

    done = run(copy, "pytest", suite, "-k", f"{KIND} or every_kind", "-p", "no:cacheprovider", "-q")

    assert done.returncode == 0, done.stdout[-5000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed.group(1)) > 40
    assert "skipped" not in done.stdout


def test_the_entry_becomes_the_connector(tmp_path: Path) -> None:
    """What the data map says is what the catalogue builds."""
    copy = walked(tmp_path)
    program = (
        "import tomllib, pathlib; from connectors.catalogue import build;"
        f"entry = tomllib.loads(pathlib.Path('systems.toml').read_text())['{KIND}'];"
        f"print(type(build({{'{KIND}': {{**entry, 'secret': 'x'}}}})['{KIND}']).__name__)"
    )

    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=100, check=False)  # noqa: S603

    assert done.stdout.strip() == "Helpdesk", done.stderr


def test_the_sample_is_as_the_house_writes(tmp_path: Path) -> None:
    """Formatted, linted and typed like everything else: whoever copies it starts clean."""
    copy = walked(tmp_path)

    formatted = run(copy, "ruff", "format", "--check", "--no-cache", *FILES)
    linted = run(copy, "ruff", "check", "--no-cache", *FILES)
    typed = run(copy, "mypy", "--cache-dir", os.devnull, *FILES, "connectors/catalogue.py")

    assert formatted.returncode == 0, formatted.stdout
    assert linted.returncode == 0, linted.stdout
    assert typed.returncode == 0, typed.stdout
