"""How the entries of systems.toml become connectors, and what is said when they cannot."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.catalogue import KINDS, BadEntry, build
from connectors.mailchimp import Mailchimp
from connectors.pace import OwnPace, Pace

SECRET = "key-1a2b3c"


def entry(**changed: Any) -> dict[str, Any]:
    good = {"kind": "mailchimp", "title": "Email", "base_url": "https://us1.api.mailchimp.com/3.0", "secret": SECRET}
    return {**good, **changed}


async def test_an_entry_becomes_the_connector_of_its_kind_under_its_own_name() -> None:
    """Two accounts with the same vendor are two entries, each known by its heading."""
    built = build({"news": entry(), "shop": entry(secret=SecretStr("other"), page_size=50)})

    assert [(name, type(each), each.config.name) for name, each in built.items()] == [
        ("news", Mailchimp, "news"),
        ("shop", Mailchimp, "shop"),
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "fax"}, "[news] kind: must be one of"),
        ({"kind": None}, "[news] kind: must be one of"),
        ({"page_size": 5000}, "[news] page_size: "),
        ({"pagesize": 50}, "[news] pagesize: "),
        ({"learns": ["shoe_size"]}, "[news] learns.0: "),
        ({"secret": [SECRET]}, "[news] secret: "),
        ({"name": "other"}, "[news] name: "),
    ],
)
def test_a_mistake_names_entry_and_field(changed: dict[str, Any], said: str) -> None:
    """Whoever edits the file reads where to look, and no credential is in the text."""
    with pytest.raises(BadEntry) as refused:
        build({"news": entry(**changed)})

    assert said in str(refused.value)
    assert SECRET not in str(refused.value)


def test_every_mistake_is_told_at_once() -> None:
    """One run shows all there is to correct."""
    nothing: dict[str, object] = {"kind": "mailchimp"}

    with pytest.raises(BadEntry) as refused:
        build({"news": nothing, "old": entry(kind="fax")})

    lines = str(refused.value).splitlines()
    assert lines[-1].startswith("[old] kind")
    assert [line.partition(":")[0] for line in lines[:-1]] == ["[news] title", "[news] base_url", "[news] secret"]


async def test_entries_of_one_account_share_its_limits() -> None:
    """The same host with the same credential is one account: one pace, and the strictest of the entries' limits."""
    asked: list[tuple[str, float]] = []

    def paces(account: str, per_second: float) -> Pace:
        asked.append((account, per_second))
        return OwnPace(per_second)

    built = build(
        {
            "news": entry(requests_per_second=5.0),
            "shop": entry(requests_per_second=3.0, base_url="https://US1.api.mailchimp.com/other"),
            "else": entry(requests_per_second=7.0, secret="other"),
            "free": entry(base_url="https://us2.api.mailchimp.com/3.0"),
        },
        paces,
    )

    accounts = {name: each.config.account for name, each in built.items()}
    assert accounts["news"] is accounts["shop"]
    assert len({*map(id, accounts.values())}) == 3
    assert [per_second for _, per_second in asked] == [3.0, 7.0]
    assert len({account for account, _ in asked}) == 2


async def test_the_shipped_data_map_names_only_kinds_that_there_are() -> None:
    """The file in the repository is a data map that this version can run, but for its credentials."""
    entries = tomllib.loads((Path(__file__).parents[2] / "systems.toml").read_text())

    assert {entry["kind"] for entry in entries.values()} <= set(KINDS)
    mailchimp = build({name: {**each, "secret": SECRET} for name, each in entries.items() if name == "mailchimp"})
    assert list(mailchimp) == ["mailchimp"]
