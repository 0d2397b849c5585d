"""Each kind's page of rules says what is so: what is declared, what the rigs show, where the evidence is."""

import tomllib

import pytest

from connectors.catalogue import KINDS
from connectors.quality_page import FOLDER, RULES, BadPage, read
from tests.contract.every_connector.quality import ROOT, draft, rigs, shown


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_page_of_rules_agrees_with_the_connector(kind: str) -> None:
    """What it says is done is seen in code and rigs; what it says is not has a reason, and is not done."""
    try:
        page = read(kind)
    except BadPage as error:
        pytest.fail(f"{error}\n\nA page to begin with, every question to be answered:\n\n{draft(kind)}", pytrace=False)

    kept = shown(kind)

    assert [
        *(
            f"{rule}: the page says done, and code or rig shows that it is not"
            for rule in page.done
            if not _(kept, rule)
        ),
        *(f"{rule}: the page has a reason why not, and it is done" for rule in page.exempt if kept.get(rule)),
    ] == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_evidence_is_there(kind: str) -> None:
    """A file that is named exists, and tries this kind or one of its rigs."""
    page = read(kind)

    texts = {rule: (ROOT / file).read_text(encoding="utf-8") for rule, file in page.evidence.items()}

    named = (f"connectors.{kind}", *(f"rigs.{rig.name}" for rig in rigs(kind)), f'name = "{kind}')
    assert [rule for rule, text in texts.items() if not any(name in text for name in named)] == []


def test_there_is_no_page_without_its_connector() -> None:
    """A page that outlived its kind says something of nothing."""
    pages = {file.stem for file in FOLDER.glob("*.toml")}

    assert pages <= set(KINDS)


def test_a_draft_answers_for_every_rule() -> None:
    """Whoever adds a kind begins with what code and rigs show already."""
    said = tomllib.loads(draft("mailchimp"))

    assert sorted([*said["done"], *said["exempt"]]) == sorted(RULES)
    assert set(said["exempt"].values()) == {"?"}


def _(kept: dict[str, bool], rule: str) -> bool:
    """Whether nothing speaks against it."""
    return kept.get(rule, True)
