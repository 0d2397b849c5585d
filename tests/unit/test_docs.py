"""What the documents name is there: links, files, commands, targets; and the webhook example works as it stands."""

import asyncio
import os
import re
import sys
from argparse import _SubParsersAction
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

import starter
from tests.unit.web_rig import SECRET, FakeDesk, door

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [page.name for page in PAGES]

OF_THE_SAMPLE = frozenset(
    {
        "connectors/helpdesk.py",
        "connectors/quality/helpdesk.toml",
        "standins/helpdesk.py",
        "tests/contract/rigs/helpdesk.py",
    }
)
"""Programs that docs/adding-a-connector.md brings along itself."""
KINDS_OF_TESTS = frozenset({"unit", "contract", "flows", "replay", "end_to_end"})
FOLDERS = frozenset(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"(?ms)^```.*?^```$", "", text_of(page))


def anchors(page: Path) -> set[str]:
    """What a link into a page may name, as GitHub makes it from headings."""
    headings = re.findall(r"(?m)^#+ (.+)$", prose_of(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def commands() -> frozenset[str]:
    """Every command of starter.py."""
    (choices,) = (each for each in starter.parser()._actions if isinstance(each, _SubParsersAction))  # noqa: SLF001
    return frozenset(choices.choices)


def is_path(word: str) -> bool:
    """Whether a word in backticks names a place in the repository, and no pattern."""
    if re.search(r"[<>*{}\s:()]|\.\.\.", word):
        return False
    first, slash, _ = word.partition("/")
    known = bool(slash) and first in FOLDERS | KINDS_OF_TESTS
    return known or bool(re.fullmatch(r"[\w.-]+\.(py|toml|yml)|Makefile|Dockerfile", word))


def is_there(word: str) -> bool:
    """Whether the repository has it: from its root, from `tests/`, or, where only a file is named, in some folder."""
    if (ROOT / word).exists() or (ROOT / "tests" / word).exists():
        return True
    return "/" not in word and any(ROOT.glob(f"[a-z]*/{word}"))


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there, and a heading that it has."""
    links = re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", prose_of(page))

    broken = []
    for link in links:
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_exist(page: Path) -> None:
    """Every command of starter.py that a page names can be given."""
    said = re.findall(r"(?m)(?:^|`|python |worker )starter(?:\.py)?\s([a-z][a-z-]*)", text_of(page))

    assert set(said) - commands() == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_options_exist(page: Path) -> None:
    """Whoever copies a whole command is not told that it cannot be understood."""
    lines = re.findall(r"(?m)^(?:\$ )?(?:\.venv/bin/)?(?:python )?starter(?:\.py)? ([^#\n]+)", text_of(page))
    examples = [re.sub(r'"[^"]*"', "TEXT", line).split() for line in lines]

    for example in examples:
        arguments = [each for each in example if each != "..."]
        starter.parser().parse_args(arguments)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_targets_exist(page: Path) -> None:
    """Every `make` target that a page names is in the Makefile."""
    targets = set(re.findall(r"(?m)^([a-z]+):", text_of(ROOT / "Makefile")))

    named = set(re.findall(r"`make ([a-z]+)`", text_of(page))) | set(re.findall(r"(?m)^make ([a-z]+)$", text_of(page)))

    assert named - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_places_exist(page: Path) -> None:
    """Every place in the repository that a page names is there."""
    words = re.findall(r"`([^`\n]+)`", prose_of(page))

    named = {word.rstrip("/") for word in words if is_path(word)} - OF_THE_SAMPLE

    assert {word for word in named if not is_there(word)} == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_tests_named_exist(page: Path) -> None:
    """A test that a page calls by its name is there."""
    named = set(re.findall(r"`(test_\w+)`", prose_of(page)))
    there = set(chain.from_iterable(re.findall(r"def (test_\w+)", text_of(f)) for f in ROOT.glob("tests/*/test_*.py")))

    assert named - there == set()


async def test_the_webhook_example_works_as_it_stands() -> None:
    """Run with nothing but the environment that the page asks for, it hands a request in."""
    (example,) = re.findall(r"(?ms)^```python\n(.*?)^```$", text_of(ROOT / "README.md"))
    desk = FakeDesk()
    async with door(desk) as at:
        environ = {**os.environ, "HABEAS_WEBHOOK_SECRETS": SECRET, "HABEAS_PUBLIC_URL": at.url}

        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", example, env=environ, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()

    assert process.returncode == 0
    assert b'"ticket":' in said
    assert [each.right for each in desk.submissions] == ["access"]
