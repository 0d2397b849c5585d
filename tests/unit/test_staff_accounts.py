"""Accounts for the staff's pages: made by a command, read from where the setting says, and checked slowly."""

import io
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr

import settings
from console.service import staff_pages
from intake.desk import Desk
from starter import main
from tests.unit.person_rig import POLICY
from tests.unit.staff_rig import PASSWORD
from web.staff.accounts import Accounts, hashed, parsed

LINE = hashed(PASSWORD, log_n=12, p=1).line("Jo Lead")


def configured(accounts: str = LINE, public_url: str = "https://rights.example.test") -> settings.Settings:
    given: dict[str, Any] = {
        "staff": SecretStr(accounts),
        "public_url": public_url,
        "policy": POLICY,
        "ledger_secret": lambda: b"k" * 32,
    }
    return cast("settings.Settings", SimpleNamespace(**given))


async def test_a_line_opens_to_its_password_alone() -> None:
    """And to nobody else's name."""
    accounts = Accounts(parsed(LINE))

    tries = [await accounts.check(*each) for each in (("Jo Lead", PASSWORD), ("Jo Lead", PASSWORD + "8"), ("Jo", ""))]

    assert tries == ["Jo Lead", None, None]


async def test_an_unknown_name_costs_the_same_work() -> None:
    """A hash is made for it, too, as slow as the slowest of the accounts."""
    worked: list[tuple[int, int, int]] = []

    class Watched(Accounts):
        def __init__(self) -> None:
            super().__init__(parsed(LINE))

        async def check(self, name: str, password: str) -> str | None:
            slow = self._accounts.get(name, ("", self._nobody))[1]
            worked.append((slow.log_n, slow.r, slow.p))
            return await super().check(name, password)

    accounts = Watched()
    answers = [await accounts.check(name, "wrong") for name in ("jo lead", "nobody")]

    assert answers == [None, None]
    assert worked[0] == worked[1]


def test_the_same_password_never_looks_the_same() -> None:
    """A salt each; and neither it nor the hash is in what Python prints."""
    one, two = hashed(PASSWORD, log_n=12, p=1), hashed(PASSWORD, log_n=12, p=1)

    assert one.hash != two.hash
    assert one.hash.hex() not in repr(one)
    assert PASSWORD not in one.line("Jo")


@pytest.mark.parametrize("separator", ["\n", ";", "\n\n# who left: Kim\n", " ; "])
def test_accounts_are_lines(separator: str) -> None:
    """Or stand in one, for an environment that has no lines."""
    other = hashed(PASSWORD, log_n=12, p=1).line("Sam")

    assert list(parsed(f"{LINE}{separator}{other}")) == ["Jo Lead", "Sam"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nobody",
        "Jo:canary",
        f"{LINE}0",
        LINE.replace(":12:", ":30:"),
        LINE.replace(":12:", ":4:"),
        LINE.replace("Jo Lead", "jo@canary.test"),
        f"{LINE}\n{LINE.replace('Jo Lead', 'jo  lead')}",
    ],
)
def test_accounts_that_cannot_be_used_are_refused_without_quoting_them(text: str) -> None:
    """Which one, and not what stands there."""
    with pytest.raises(ValueError, match=r"account|name") as refused:
        parsed(text)

    assert "canary" not in str(refused.value)


def test_the_command_makes_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """From what is typed, or comes by standard input; the password is printed nowhere."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))

    code = main(["staff-password", "Jo Lead"])
    printed = capsys.readouterr().out

    assert code == 0
    assert parsed(printed)["Jo Lead"].is_of(PASSWORD)
    assert PASSWORD not in printed


@pytest.mark.parametrize(("name", "password"), [("Jo", "short"), ("jo@person.test", PASSWORD), ("a:b", PASSWORD)])
def test_the_command_refuses(
    name: str, password: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A short password, and a name that cannot sign."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))

    assert main(["staff-password", name]) == 2
    assert capsys.readouterr().out == ""


class Titles:
    """As much of the desk as the pages need to be there."""

    def title(self, system: str) -> str:
        """What people call a system."""
        return system.title()


@pytest.mark.parametrize("public_url", ["https://rights.example.test", "http://localhost:8080", "http://127.0.0.1"])
def test_the_pages_are_served_where_nobody_can_listen(public_url: str) -> None:
    """By https, or on this machine."""
    assert len(staff_pages(cast("Desk", Titles()), configured(public_url=public_url))) == 1


def test_without_accounts_there_are_no_pages() -> None:
    """Which is so unless somebody sets them up."""
    assert staff_pages(cast("Desk", None), configured("")) == ()


@pytest.mark.parametrize(
    ("accounts", "public_url", "says"),
    [
        (LINE, "http://rights.example.test", "must begin with https:"),
        ("Jo:canary", "https://rights.example.test", "account 1 is not a line of"),
    ],
)
def test_serve_does_not_start_with_pages_that_are_not_safe(accounts: str, public_url: str, says: str) -> None:
    """It says what to do, and quotes nothing."""
    with pytest.raises(settings.BadSettings, match=says) as refused:
        staff_pages(cast("Desk", None), configured(accounts, public_url))

    assert "canary" not in str(refused.value)
