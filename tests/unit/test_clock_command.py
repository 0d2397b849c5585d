"""`starter.py clock`, as it is typed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import starter

ROOT = Path(starter.__file__).parent
LA, NEW_YORK, BERLIN, LONDON = "America/Los_Angeles", "America/New_York", "Europe/Berlin", "Europe/London"


def typed(regime: str, right: str, received: str, *more: str) -> list[str]:
    return ["clock", "--regime", regime, "--right", right, "--received", received, *more]


def happened(*events: str) -> list[str]:
    return [word for event in events for word in ("--event", event)]


def dates(capsys: pytest.CaptureFixture[str], words: list[str]) -> dict[str, dict[str, str]]:
    assert starter.main([*words, "--json"]) == 0
    duties: dict[str, dict[str, str]] = json.loads(capsys.readouterr().out)["duties"]
    return duties


LATE_ON_THE_FIFTH_OF_MAY = {
    "acknowledge": "2026-05-19 2026-05-16",
    "respond": "2026-06-19 2026-06-18",
    "extended": "2026-08-03 2026-08-03",
}

PROOF = happened("id-requested=2026-03-03", "id-received=2026-03-13")

ASKED = [
    pytest.param(
        typed("us-ca", "delete", "2026-05-05T23:30-07:00"),
        LATE_ON_THE_FIFTH_OF_MAY,
        id="late in the evening, no zone named",
    ),
    pytest.param(typed("us-ca", "opt-out", "2026-11-16"), {"opt-out": "2026-12-08 2026-12-04"}, id="opt-out"),
    pytest.param(typed("us-ca", "limit", "2026-11-16"), {"limit": "2026-12-08 2026-12-04"}, id="limit"),
    pytest.param(
        typed("us-va", "delete", "2026-04-01", "--zone", NEW_YORK),
        {"respond": "2026-05-16 2026-05-15", "extended": "2026-06-30 2026-06-30"},
        id="Virginia",
    ),
    pytest.param(typed("us-tx", "appeal", "2026-06-20"), {"appeal": "2026-08-19 2026-08-19"}, id="appeal"),
    pytest.param(
        typed("us-co", "appeal", "2026-06-20"),
        {"appeal": "2026-08-04 2026-08-04", "extended": "2026-10-03 2026-10-02"},
        id="Colorado's appeal",
    ),
    pytest.param(
        typed("eu", "access", "2025-12-06", "--region", "DE-BY"),
        {"respond": "2026-01-07 2026-01-05", "extended": "2026-03-06 2026-03-06"},
        id="Bavaria",
    ),
    pytest.param(
        typed("eu", "access", "2026-03-02", "--zone", BERLIN, *PROOF),
        {"respond": "2026-04-13 2026-04-02", "extended": "2026-06-12 2026-06-02"},
        id="a pause for proof",
    ),
    pytest.param(
        typed(
            "eu", "access", "2026-03-02", "--zone", BERLIN, "--no-id-pause",
            *PROOF,
        ),
        {"respond": "2026-04-02 2026-04-02", "extended": "2026-06-02 2026-06-02"},
        id="a policy without it",
    ),
    pytest.param(
        typed(
            "uk", "access", "2026-03-02", "--zone", LONDON,
            *happened("clarification-requested=2026-03-10", "clarification-received=2026-03-15"),
        ),
        {"respond": "2026-04-08 2026-04-02", "extended": "2026-06-08 2026-06-02"},
        id="clarification in Britain",
    ),
    pytest.param(typed("uk", "complaint", "2026-07-01"), {"acknowledge": "2026-07-31 2026-07-31"}, id="complaint"),
    pytest.param(typed("br", "access", "2026-02-10"), {"respond": "2026-02-25 2026-02-25"}, id="Brazil"),
    pytest.param(
        typed("ca", "access", "2026-01-31"),
        {"respond": "2026-03-02 2026-03-02", "extended": "2026-04-01 2026-04-01"},
        id="Canada",
    ),
    pytest.param(
        typed("policy", "delete", "2026-05-05T23:30-07:00"), {"respond": "2026-06-19 2026-06-18"}, id="the own promise"
    ),
    pytest.param(
        typed("us-ca", "know", "2026-05-06T00:30-07:00", "--person-zone", "Pacific/Honolulu"),
        LATE_ON_THE_FIFTH_OF_MAY,
        id="it is yesterday where the person lives",
    ),
    pytest.param(
        typed("eu", "access", "2026-05-31T23:30"),
        {"respond": "2026-06-30 2026-06-30", "extended": "2026-08-31 2026-08-31"},
        id="a time without an offset is the regime's",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), ASKED)
def test_dates(capsys: pytest.CaptureFixture[str], words: list[str], expected: dict[str, str]) -> None:
    """All duties of a request, each with its legal and its safe date."""
    duties = dates(capsys, words)

    assert {duty: f"{days['due']} {days['safe']}" for duty, days in duties.items()} == expected


def test_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    """The reasons come with the dates, in words, with the article of law and the end of the day."""
    status = starter.main(typed("us-ca", "delete", "2026-03-02", *happened("extension-notice=2026-03-22"), "--json"))

    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    reasons = " ".join(told["explain"])
    assert status == 0
    assert "11 CCR 7021(b)" in reasons
    assert "Extended by notice of 2026-03-22" in reasons
    assert "23:59 in America/Los_Angeles" in reasons
    assert told["rules"].startswith("clock-")


def test_readable(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json, a person can read it."""
    status = starter.main(typed("us-ca", "opt-out", "2026-11-16"))

    assert status == 0
    assert "opt-out      safe Fri 2026-12-04   due Tue 2026-12-08" in capsys.readouterr().out


REFUSED = [
    pytest.param(
        typed("us-ca", "delete", "2026-03-02", *happened("extension-notice=2026-04-17")),
        "day 46 after receipt",
        id="day 46",
    ),
    pytest.param(
        typed("us-ca", "delete", "2026-05-05T23:30-07:00", *happened("extension-notice=2026-03-22")),
        "extension-notice on 2026-03-22, before the request was received",
        id="before receipt",
    ),
    pytest.param(
        typed("br", "access", "2026-02-10", *happened("extension-notice=2026-02-12")), "no extension", id="Brazil"
    ),
    pytest.param(
        typed("eu", "access", "2026-02-10", *happened("id-received=2026-02-12")), "before it was asked", id="unasked"
    ),
    pytest.param(typed("us-ca", "delete", "2026-02-30"), "no date", id="no such day"),
    pytest.param(typed("us-ca", "delete", "9999-12-31"), "2000 to 2100", id="the end of time"),
    pytest.param(typed("us-ca", "delete", "0001-01-01T00:00Z"), "2000 to 2100", id="the beginning of time"),
    pytest.param(
        typed("eu", "access", "2026-03-02", *happened("id-requested=2026-03-03", "extension-notice=9999-12-01")),
        "2000 to 2100",
        id="an event at the end of time",
    ),
    pytest.param(typed("us-ca", "delete", "2026-03-02", "--zone", "Mars/Olympus"), "no zone is called", id="zone"),
    pytest.param(typed("us-ca", "delete", "2026-03-02", "--zone", ""), "no zone is called", id="no zone"),
    pytest.param(typed("us-ca", "delete", "2026-03-02", "--region", "DE-BY"), "not one of California", id="elsewhere"),
    pytest.param(typed("eu", "access", "2026-03-02", "--region", "DE-XX"), "no holidays are known", id="region"),
    pytest.param(typed("us-ca", "delete", "2026-03-02", *happened("nap=2026-03-03")), "KIND=YYYY-MM-DD", id="event"),
]


@pytest.mark.parametrize(("words", "why"), REFUSED)
def test_refused(capsys: pytest.CaptureFixture[str], words: list[str], why: str) -> None:
    """What cannot be is refused with 2, in words, and nothing is printed that could be taken for an answer."""
    status = starter.main([*words, "--json"])

    said = capsys.readouterr()
    assert status == 2
    assert why in said.err
    assert said.out == ""


@pytest.mark.parametrize(("option", "value"), [("--regime", "us-xx"), ("--right", "vanish")])
def test_unknown_choice(capsys: pytest.CaptureFixture[str], option: str, value: str) -> None:
    """A regime or a right that does not exist is refused with those that do."""
    with pytest.raises(SystemExit, match="2"):
        starter.main([*typed("us-ca", "delete", "2026-03-02"), option, value])

    assert value in capsys.readouterr().err


@pytest.mark.parametrize("machine", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_machines_zone_has_no_say(capsys: pytest.CaptureFixture[str], machine: str) -> None:
    """Wherever the machine believes to be, the answer is the same: a date alone, and a time without an offset."""
    words = typed("eu", "access", "2026-05-31T23:30", "--region", "DE-BY", "--json")
    starter.main(words)
    here = capsys.readouterr().out

    there = subprocess.run(  # noqa: S603 - this program
        [sys.executable, "starter.py", *words],
        cwd=ROOT, env={**os.environ, "TZ": machine}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert there.stdout == here
