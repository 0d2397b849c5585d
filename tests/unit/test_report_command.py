"""`starter.py report`, as it is typed."""

import asyncio
import base64
import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

import settings
import starter
from dsar.case import Ending, State
from dsar.requests import Right
from foundation import key_for
from ledger.ledger import Ledger
from tests.unit.ledger_rig import Clock, new_request

ROOT = Path(starter.__file__).parent

KEY = base64.b64encode(b"k" * 32).decode()

GIVEN = {
    "HABEAS_LEDGER_KEY": KEY,
    "HABEAS_MASTER_KEYS": f"m:{KEY}",
    "GA4_SERVICE_ACCOUNT": "{}",
    "MAILCHIMP_API_KEY": "key-us1",
    "NOTION_TOKEN": "token",
    "FIGMA_TOKEN": "token",
    "S3_CREDENTIALS": json.dumps({"access_key_id": "a", "secret_access_key": "b"}),
}


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with both files, and a ledger in which a year has passed."""
    for name in ("policy.toml", "systems.toml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("HABEAS_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    asyncio.run(a_year_passes())


async def a_year_passes() -> None:
    configured, clock = settings.read(), Clock()
    ledger = await Ledger.open(configured.ledger_url, key_for(configured, "journal"), clock)
    try:
        for days, ending in enumerate([Ending.COMPLIED, Ending.PARTLY, Ending.DENIED_UNVERIFIED, Ending.PLANNED]):
            new = new_request()
            await ledger.requests.receive(new)
            clock.forward(timedelta(days=days))
            await ledger.journal.append(new.id, "ended", "answered", state=State.ANSWERED, closed=ending)
        await ledger.requests.receive(new_request(right=Right.OPT_OUT))
    finally:
        await ledger.close()


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For a program: the whole year, and each group."""
    status = starter.main(["report", "--year", "2026", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (told["total"]["received"], told["total"]["open"], told["total"]["denied_for"]) == (4, 1, {"unverified": 1})
    assert told["total"]["days"] == {"answers": 3, "median": 1.0, "mean": 1.3}
    assert told["by_right"]["delete"]["in_part_for"] == {"left_out": 1}
    assert set(told["by_regime"]) == {"us-ca"}


def test_readable(capsys: pytest.CaptureFixture[str]) -> None:
    """For a person: two tables within a hundred columns, and the reasons."""
    status = starter.main(["report", "--year", "2026"])

    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert max(map(len, lines)) <= 100
    assert ["delete", "3", "1", "1", "0", "1", "0", "0"] in [line.split() for line in lines]
    assert ["delete", "3", "1", "1.3", "0", "0", "0", "0", "0"] in [line.split() for line in lines]
    assert any("1 denied: it was not proved who asks" in line for line in lines)


def test_another_year(capsys: pytest.CaptureFixture[str]) -> None:
    """A year in which nobody asked has its figures too: none."""
    status = starter.main(["report", "--year", "2025"])

    assert status == 0
    assert "all" in capsys.readouterr().out


@pytest.mark.parametrize("year", ["last", "26", "99999", "-1", "²⁰²⁶"])
def test_no_year(capsys: pytest.CaptureFixture[str], year: str) -> None:
    """What is no year is refused with what one is."""
    with pytest.raises(SystemExit, match="2"):
        starter.main(["report", f"--year={year}"])

    assert "is no year" in capsys.readouterr().err
