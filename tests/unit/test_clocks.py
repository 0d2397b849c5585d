from datetime import UTC, date, datetime

import pytest

from dsar.calendars import CALIFORNIA
from dsar.clocks import (
    ClockSheet,
    Duty,
    RefusedEvent,
    Source,
    UnknownRegion,
    as_json,
    as_text,
    clock,
    end_of_day,
    extend,
    parse_event,
    parse_received,
)
from dsar.requests import Regime, Right
from dsar.zones import UnknownZone

LA, NEW_YORK, BERLIN, LONDON = "America/Los_Angeles", "America/New_York", "Europe/Berlin", "Europe/London"


def sheet_of(
    regime: Regime,
    right: Right,
    received: str,
    zone: str,
    *events: str,
    region: str | None = None,
    id_pause: bool = True,
) -> ClockSheet:
    return clock(
        regime,
        right,
        parse_received(received, zone),
        zone=zone,
        region=region,
        events=[parse_event(event) for event in events],
        id_pause=id_pause,
    )


def days(sheet: ClockSheet, duty: Duty) -> tuple[str, str]:
    return str(sheet.duties[duty].due), str(sheet.duties[duty].safe)


CALIFORNIAN = [
    pytest.param(
        Duty.ACKNOWLEDGE, "2026-11-16", "2026-12-01", "2026-11-28", id="the day after Thanksgiving is business"
    ),
    pytest.param(Duty.ACKNOWLEDGE, "2026-12-18", "2027-01-05", "2026-12-31", id="Christmas and New Year are left out"),
    pytest.param(Duty.ACKNOWLEDGE, "2026-06-26", "2026-07-10", "2026-07-09", id="a Saturday 4 July does not move"),
    pytest.param(Duty.ACKNOWLEDGE, "2026-10-05", "2026-10-20", "2026-10-17", id="Columbus Day is on both lists"),
    pytest.param(Duty.RESPOND, "2026-01-15", "2026-03-01", "2026-02-27", id="a Sunday stays, safe is Friday"),
    pytest.param(Duty.RESPOND, "2026-11-10", "2026-12-25", "2026-12-24", id="Christmas stays, safe is the eve"),
    pytest.param(Duty.RESPOND, "2026-05-05T23:30-07:00", "2026-06-19", "2026-06-18", id="late evening, and Juneteenth"),
    pytest.param(
        Duty.RESPOND, "2026-02-10T23:30-08:00", "2026-03-27", "2026-03-27", id="over the start of summer time"
    ),
    pytest.param(Duty.RESPOND, "2026-02-01", "2026-03-18", "2026-03-18", id="nothing special"),
    pytest.param(Duty.EXTENDED, "2026-03-02", "2026-05-31", "2026-05-29", id="ninety days end on a Sunday"),
]


@pytest.mark.parametrize(("duty", "received", "due", "safe"), CALIFORNIAN)
def test_california(duty: Duty, received: str, due: str, safe: str) -> None:
    """California: 10 business days to acknowledge, 45 days to answer, 90 with notice, no rolling of legal dates."""
    sheet = sheet_of(Regime.US_CA, Right.DELETE, received, LA)

    assert days(sheet, duty) == (due, safe)


@pytest.mark.parametrize(("right", "duty"), [(Right.OPT_OUT, Duty.OPT_OUT), (Right.LIMIT, Duty.LIMIT)])
def test_california_opt_out(right: Right, duty: Duty) -> None:
    """An opt-out and a limit are due in 15 business days, and owe nothing else."""
    sheet = sheet_of(Regime.US_CA, right, "2026-11-16", LA)

    assert days(sheet, duty) == ("2026-12-08", "2026-12-04")
    assert set(sheet.duties) == {duty}
    assert sheet.notice_by is None


def test_mixed_request() -> None:
    """A deletion and an opt-out in one request have a clock each."""
    delete = sheet_of(Regime.US_CA, Right.DELETE, "2026-11-16", LA)
    opt_out = sheet_of(Regime.US_CA, Right.OPT_OUT, "2026-11-16", LA)

    assert delete.answer.due == date(2026, 12, 31)
    assert opt_out.answer.due == date(2026, 12, 8)


@pytest.mark.parametrize("right", [Right.KNOW, Right.OPT_OUT])
def test_verifying_takes_no_time_from_the_person(right: Right) -> None:
    """In California no proof, whenever it comes, moves a date."""
    plain = sheet_of(Regime.US_CA, right, "2026-02-01", LA)
    verified = sheet_of(Regime.US_CA, right, "2026-02-01", LA, "id-requested=2026-02-02", "id-received=2026-03-10")

    assert verified.duties == plain.duties
    assert not verified.paused
    assert "this moves no date" in verified.explain[-1]


EUROPEAN = [
    pytest.param(Duty.RESPOND, "2026-08-31", None, "2026-09-30", "2026-09-30", id="September has no 31st"),
    pytest.param(Duty.RESPOND, "2027-01-31", None, "2027-03-01", "2027-02-26", id="clamped to a Sunday, then rolled"),
    pytest.param(Duty.RESPOND, "2028-01-31", None, "2028-02-29", "2028-02-29", id="clamped to the leap day"),
    pytest.param(Duty.RESPOND, "2028-02-29", None, "2028-03-29", "2028-03-29", id="same number, not the month's end"),
    pytest.param(Duty.EXTENDED, "2026-11-30", None, "2027-03-01", "2027-02-26", id="three months from receipt"),
    pytest.param(Duty.RESPOND, "2025-12-06", "DE-BY", "2026-01-07", "2026-01-05", id="Epiphany is off in Bavaria"),
    pytest.param(Duty.RESPOND, "2025-12-06", "DE-BE", "2026-01-06", "2026-01-05", id="Epiphany is work in Berlin"),
    pytest.param(Duty.RESPOND, "2026-05-04", "DE-BY", "2026-06-05", "2026-06-03", id="Corpus Christi, in Bavaria"),
    pytest.param(Duty.RESPOND, "2026-05-04", "DE-BE", "2026-06-04", "2026-06-03", id="Corpus Christi, not in Berlin"),
    pytest.param(Duty.RESPOND, "2026-01-29", None, "2026-03-02", "2026-02-27", id="29 January, to a Saturday"),
    pytest.param(Duty.RESPOND, "2026-12-31", None, "2027-02-01", "2027-01-29", id="31 December, to a Sunday"),
    pytest.param(Duty.RESPOND, "2026-11-25", "DE", "2026-12-28", "2026-12-24", id="over Christmas and a weekend"),
    pytest.param(Duty.RESPOND, "2026-11-25", None, "2026-12-28", "2026-12-24", id="the zone's country, unsaid"),
]


@pytest.mark.parametrize(("duty", "received", "region", "due", "safe"), EUROPEAN)
def test_europe(duty: Duty, received: str, region: str | None, due: str, safe: str) -> None:
    """GDPR: calendar months, clamped, rolled to the region's next working day; safe where the whole country works."""
    sheet = sheet_of(Regime.EU, Right.ACCESS, received, BERLIN, region=region)

    assert days(sheet, duty) == (due, safe)


def test_europe_without_a_country() -> None:
    """Where no country is known, no holiday makes the legal date later: only weekends do."""
    sheet = sheet_of(Regime.EU, Right.ACCESS, "2026-11-25", "UTC")

    assert sheet.region is None
    assert days(sheet, Duty.RESPOND) == ("2026-12-25", "2026-12-25")


@pytest.mark.parametrize(("id_pause", "due"), [(True, "2026-04-13"), (False, "2026-04-02")])
def test_europe_proof_pauses(id_pause: bool, due: str) -> None:
    """Waiting for proof adds its days to the legal date, if policy uses that; the safe date never listens."""
    events = ("id-requested=2026-03-03", "id-received=2026-03-13")
    sheet = sheet_of(Regime.EU, Right.ACCESS, "2026-03-02", BERLIN, *events, id_pause=id_pause)

    assert days(sheet, Duty.RESPOND) == (due, "2026-04-02")


BRITISH = [
    pytest.param("2026-08-01", (), "2026-09-01", "2026-09-01", id="the corresponding date"),
    pytest.param("2026-01-31", (), "2026-03-02", "2026-02-27", id="clamped to a Saturday, then rolled"),
    pytest.param("2026-03-03", (), "2026-04-07", "2026-04-02", id="over Easter"),
    pytest.param(
        "2026-03-02",
        ("clarification-requested=2026-03-10", "clarification-received=2026-03-15"),
        "2026-04-08",
        "2026-04-02",
        id="six days of clarification do not count",
    ),
    pytest.param(
        "2026-03-02",
        ("id-requested=2026-03-03", "id-received=2026-03-10"),
        "2026-04-10",
        "2026-04-02",
        id="the month starts with the proof",
    ),
    pytest.param(
        "2026-03-02",
        (
            "id-requested=2026-03-03",
            "clarification-requested=2026-03-08",
            "id-received=2026-03-10",
            "clarification-received=2026-03-12",
        ),
        "2026-04-13",
        "2026-04-02",
        id="days before the start are not left out twice",
    ),
]


@pytest.mark.parametrize(("received", "events", "due", "safe"), BRITISH)
def test_britain(received: str, events: tuple[str, ...], due: str, safe: str) -> None:
    """UK GDPR: the corresponding date, rolled; proof restarts the month, clarification is left out of it."""
    sheet = sheet_of(Regime.UK, Right.ACCESS, received, LONDON, *events)

    assert days(sheet, Duty.RESPOND) == (due, safe)


def test_britain_complaint() -> None:
    """A complaint is acknowledged in 30 days, and nothing moves that."""
    sheet = sheet_of(Regime.UK, Right.COMPLAINT, "2026-07-01", LONDON)

    assert days(sheet, Duty.ACKNOWLEDGE) == ("2026-07-31", "2026-07-31")
    assert sheet.answer == sheet.duties[Duty.ACKNOWLEDGE]


OTHERS = [
    pytest.param(Regime.US_VA, Right.DELETE, "2026-04-01", NEW_YORK, Duty.RESPOND, "2026-05-16", "2026-05-15", id="VA"),
    pytest.param(Regime.US_CT, Right.DELETE, "2026-04-01", NEW_YORK, Duty.RESPOND, "2026-05-16", "2026-05-15", id="CT"),
    pytest.param(Regime.US_TX, Right.DELETE, "2026-04-01", NEW_YORK, Duty.RESPOND, "2026-05-16", "2026-05-15", id="TX"),
    pytest.param(
        Regime.US_VA, Right.DELETE, "2026-04-01", NEW_YORK, Duty.EXTENDED, "2026-06-30", "2026-06-30", id="VA extended"
    ),
    pytest.param(
        Regime.US_VA, Right.APPEAL, "2026-06-20", NEW_YORK, Duty.APPEAL, "2026-08-19", "2026-08-19", id="VA appeal"
    ),
    pytest.param(
        Regime.US_CO, Right.APPEAL, "2026-06-20", NEW_YORK, Duty.APPEAL, "2026-08-04", "2026-08-04", id="CO appeal"
    ),
    pytest.param(
        Regime.US_CO, Right.APPEAL, "2026-06-20", NEW_YORK, Duty.EXTENDED, "2026-10-03", "2026-10-02", id="CO extended"
    ),
    pytest.param(
        Regime.US_CT, Right.WITHDRAW, "2026-04-01", NEW_YORK, Duty.RESPOND, "2026-04-16", "2026-04-16", id="CT consent"
    ),
    pytest.param(
        Regime.BR, Right.ACCESS, "2026-02-10", "America/Sao_Paulo", Duty.RESPOND, "2026-02-25", "2026-02-25", id="BR"
    ),
    pytest.param(
        Regime.CA, Right.ACCESS, "2026-01-31", "America/Toronto", Duty.RESPOND, "2026-03-02", "2026-03-02", id="CA"
    ),
    pytest.param(
        Regime.CA, Right.ACCESS, "2026-01-31", "America/Toronto", Duty.EXTENDED, "2026-04-01", "2026-04-01", id="CA ext"
    ),
    pytest.param(Regime.POLICY, Right.DELETE, "2026-01-15", LA, Duty.RESPOND, "2026-03-01", "2026-02-27", id="policy"),
    pytest.param(
        Regime.POLICY, Right.DELETE, "2026-11-10", LA, Duty.RESPOND, "2026-12-25", "2026-12-24", id="policy, Christmas"
    ),
    pytest.param(
        Regime.UK, Right.ACCESS, "2026-02-17", LONDON, Duty.RESPOND, "2026-03-17", "2026-03-17", id="UK, Saint Patrick"
    ),
    pytest.param(
        Regime.BR, Right.ACCESS, "2026-06-17", "America/Sao_Paulo", Duty.RESPOND, "2026-07-02", "2026-07-02", id="Bahia"
    ),
    pytest.param(
        Regime.BR,
        Right.ACCESS,
        "2026-04-06",
        "America/Sao_Paulo",
        Duty.RESPOND,
        "2026-04-21",
        "2026-04-20",
        id="BR off",
    ),
]


@pytest.mark.parametrize(("regime", "right", "received", "zone", "duty", "due", "safe"), OTHERS)
def test_others(regime: Regime, right: Right, received: str, zone: str, duty: Duty, due: str, safe: str) -> None:
    """Everywhere else: counted from receipt; safe is a working day in the regime's own region, not in all its parts."""
    sheet = sheet_of(regime, right, received, zone)

    assert days(sheet, duty) == (due, safe)


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("right", Right)
def test_every_right_has_an_answer(regime: Regime, right: Right) -> None:
    """No request falls between the laws: what no statute promises, the policy does, and says so."""
    sheet = clock(regime, right, datetime(2026, 4, 1, 12, tzinfo=UTC))

    assert sheet.received_on <= sheet.answer.safe <= sheet.answer.due
    assert sheet.explain
    assert (sheet.source is Source.POLICY_PROMISE) == ("promise" in sheet.explain[0])


def test_unverified_is_answered_too() -> None:
    """A person who never proved who they are is told so by day 45."""
    sheet = sheet_of(Regime.US_CA, Right.KNOW, "2026-02-01", LA, "id-requested=2026-02-02")

    assert days(sheet, Duty.RESPOND) == ("2026-03-18", "2026-03-18")


def test_notice_in_time() -> None:
    """Notice on the first period's last day extends the clock, counted from receipt."""
    sheet = sheet_of(Regime.US_CA, Right.DELETE, "2026-03-02", LA, "extension-notice=2026-04-16")

    assert sheet.extended
    assert sheet.answer == sheet.duties[Duty.EXTENDED]
    assert sheet.answer.due == date(2026, 5, 31)
    assert sheet.notice_by is not None
    assert (sheet.notice_by.due, sheet.notice_by.safe) == (date(2026, 4, 16), date(2026, 4, 15))


def test_notice_while_the_clock_runs() -> None:
    """A sheet made at receipt is extended without a calendar, and equals the one that knew of the notice."""
    at_receipt = sheet_of(Regime.US_CA, Right.DELETE, "2026-03-02", LA)

    extended = extend(at_receipt, date(2026, 4, 1))

    assert extended == sheet_of(Regime.US_CA, Right.DELETE, "2026-03-02", LA, "extension-notice=2026-04-01")


REFUSED = [
    pytest.param(Regime.US_CA, Right.DELETE, ["extension-notice=2026-04-17"], "day 46 after receipt", id="day 46"),
    pytest.param(Regime.US_CA, Right.OPT_OUT, ["extension-notice=2026-03-03"], "no extension", id="opt-out"),
    pytest.param(
        Regime.US_CA, Right.DELETE, ["extension-notice=2026-03-01"], "before the request", id="before receipt"
    ),
    pytest.param(
        Regime.US_CA,
        Right.DELETE,
        ["extension-notice=2026-03-03", "extension-notice=2026-03-04"],
        "only once",
        id="twice",
    ),
    pytest.param(Regime.BR, Right.ACCESS, ["extension-notice=2026-03-03"], "no extension", id="Brazil has none"),
    pytest.param(Regime.EU, Right.ACCESS, ["id-received=2026-03-05"], "before it was asked for", id="never asked"),
    pytest.param(
        Regime.UK,
        Right.ACCESS,
        ["clarification-requested=2026-03-10", "clarification-received=2026-03-05"],
        "before it was asked for",
        id="received before asked",
    ),
    pytest.param(
        Regime.EU, Right.ACCESS, ["id-requested=2026-03-03", "id-requested=2026-03-04"], "already", id="asked twice"
    ),
    pytest.param(Regime.EU, Right.ACCESS, ["id-requested=2026-04-20"], "had run out on", id="asked too late"),
    pytest.param(Regime.EU, Right.ACCESS, ["id-requested=2026-03-01"], "before the request", id="asked before receipt"),
]


@pytest.mark.parametrize(("regime", "right", "events", "why"), REFUSED)
def test_impossible_events(regime: Regime, right: Right, events: list[str], why: str) -> None:
    """An event that cannot have happened is refused, in words that say why."""
    with pytest.raises(RefusedEvent, match=why):
        sheet_of(regime, right, "2026-03-02", LA, *events)


def test_open_pause() -> None:
    """While proof is awaited the clock says that it stands, and takes a notice that an ended clock would refuse."""
    waiting = sheet_of(Regime.EU, Right.ACCESS, "2026-03-02", BERLIN, "id-requested=2026-03-20")
    noticed = sheet_of(
        Regime.EU, Right.ACCESS, "2026-03-02", BERLIN, "id-requested=2026-03-20", "extension-notice=2026-04-10"
    )

    assert waiting.paused
    assert waiting.answer.safe == date(2026, 4, 2)
    assert noticed.extended


def test_events_in_any_order() -> None:
    """What happened is told in any order, also what happened on one day."""
    told = ["id-received=2026-03-05", "extension-notice=2026-03-04", "id-requested=2026-03-05"]

    sheet = sheet_of(Regime.EU, Right.ACCESS, "2026-03-02", BERLIN, *told)

    assert sheet == sheet_of(Regime.EU, Right.ACCESS, "2026-03-02", BERLIN, *sorted(told, reverse=True))
    assert not sheet.paused


def test_asked_again_on_the_day_it_came() -> None:
    """An answer that asks for more is followed by a question, on the same day."""
    asked = ["id-requested=2026-03-03", "id-requested=2026-03-05", "id-received=2026-03-05", "id-received=2026-03-06"]

    sheet = sheet_of(Regime.EU, Right.ACCESS, "2026-03-02", BERLIN, *asked)

    assert days(sheet, Duty.RESPOND) == ("2026-04-07", "2026-04-02")


def test_the_zone_of_the_region() -> None:
    """Where no zone is named, the day is the region's: late at night it is still yesterday in Lisbon."""
    received = datetime(2026, 5, 5, 22, 30, tzinfo=UTC)

    assert clock(Regime.EU, Right.ACCESS, received).received_on == date(2026, 5, 6)
    assert clock(Regime.EU, Right.ACCESS, received, region="PT").received_on == date(2026, 5, 5)


def test_the_person_is_further_east() -> None:
    """The earlier of the controller's and the person's date is the receipt: here the controller's."""
    received = datetime(2026, 5, 6, 6, 30, tzinfo=UTC)

    sheet = clock(Regime.US_CA, Right.KNOW, received, zone=LA, person_zone="Asia/Tokyo")

    assert sheet.received_on == date(2026, 5, 5)


def test_the_person_is_further_west() -> None:
    """The earlier of the controller's and the person's date is the receipt: here the person's."""
    received = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)

    sheet = clock(Regime.US_CA, Right.KNOW, received, zone=LA, person_zone="Pacific/Honolulu")

    assert sheet.received_on == date(2026, 5, 5)


def test_californian_table() -> None:
    """A Californian business day leaves out only what both lists know, moved only where both move it."""
    works = {day: CALIFORNIA.works(date.fromisoformat(day)) for day in (
        "2026-07-03",  # federal only: the Friday before 4 July
        "2026-03-31",  # California only: Cesar Chavez Day
        "2026-02-12",  # California only: Lincoln Day
        "2026-11-27",  # neither: the day after Thanksgiving
        "2027-12-31",  # federal only: the Friday before New Year
        "2026-05-25",  # Memorial Day
        "2026-09-07",  # Labor Day
        "2027-07-05",  # 4 July on a Sunday: both move it
        "2028-11-10",  # 11 November on a Saturday: both move it
    )}  # fmt: skip

    assert [day for day, working in works.items() if not working] == [
        "2026-05-25",
        "2026-09-07",
        "2027-07-05",
        "2028-11-10",
    ]


def test_end_of_day() -> None:
    """What is due on a day is due at 23:59 in the zone that ends first."""
    moment = end_of_day(date(2026, 3, 27), [LA, NEW_YORK])

    assert moment.isoformat() == "2026-03-27T23:59:00-04:00"


def test_json() -> None:
    """For a program: dates by duty, and the reasons."""
    told = as_json(sheet_of(Regime.US_CA, Right.DELETE, "2026-11-16", LA))

    assert told["duties"] == {
        "acknowledge": {"due": "2026-12-01", "safe": "2026-11-28"},
        "respond": {"due": "2026-12-31", "safe": "2026-12-31"},
        "extended": {"due": "2027-02-14", "safe": "2027-02-12"},
    }
    assert any("Thanksgiving" in line for line in told["explain"])
    assert any("11 CCR 7021(b)" in line for line in told["explain"])


def test_pinned() -> None:
    """A sheet goes through JSON and comes back the same, with the versions that decided it."""
    sheet = sheet_of(Regime.UK, Right.ACCESS, "2026-03-02", LONDON, "clarification-requested=2026-03-10")

    assert ClockSheet.model_validate_json(sheet.model_dump_json()) == sheet
    assert "clock-" in sheet.rules
    assert "holidays-" in sheet.rules


def test_text() -> None:
    """For a person: both dates of each duty, what only notice brings, and the reasons."""
    text = as_text(sheet_of(Regime.US_CA, Right.DELETE, "2026-01-15", LA))

    assert "respond      safe Fri 2026-02-27   due Sun 2026-03-01" in text
    assert "only with notice in time" in text
    assert "this law does not move the legal date" in text


def test_text_of_a_standing_clock() -> None:
    """A clock that waits for the person says so."""
    text = as_text(sheet_of(Regime.UK, Right.ACCESS, "2026-03-02", LONDON, "id-requested=2026-03-03"))

    assert "The clock is stopped" in text


@pytest.mark.parametrize(
    "text", ["", "extension", "extension-notice", "extension-notice=soon", "nap=2026-03-03", "id-received=2026-02-29"]
)
def test_unreadable_event(text: str) -> None:
    """What is no event is refused with the form of one."""
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        parse_event(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-05-05", "2026-05-05T12:00:00-07:00", id="a date alone"),
        pytest.param("2026-05-05T23:30-07:00", "2026-05-05T23:30:00-07:00", id="with an offset"),
        pytest.param("2026-05-06T06:30Z", "2026-05-06T06:30:00+00:00", id="UTC"),
        pytest.param("2026-05-05T23:30", "2026-05-05T23:30:00-07:00", id="local time of the zone"),
    ],
)
def test_received(text: str, moment: str) -> None:
    """A receipt is a date in the zone, or a time."""
    assert parse_received(text, LA).isoformat() == moment


def test_unreadable_receipt() -> None:
    """What is neither is refused with an example of both."""
    with pytest.raises(ValueError, match="2026-05-05T23:30-07:00"):
        parse_received("last Tuesday", LA)


def test_naive_receipt() -> None:
    """A time without an offset names no date, and is refused."""
    with pytest.raises(ValueError, match="without an offset"):
        clock(Regime.US_CA, Right.KNOW, datetime(2026, 5, 5))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "America"])
def test_unknown_zone(zone: str) -> None:
    """A zone that does not exist is refused by name."""
    with pytest.raises(UnknownZone, match="no zone is called"):
        clock(Regime.US_CA, Right.KNOW, datetime(2026, 5, 5, tzinfo=UTC), zone=zone)


@pytest.mark.parametrize("region", ["DE-XX", "FR-", "XX", "US-CA", "de"])
def test_unknown_region(region: str) -> None:
    """A region that is none, or belongs to another law, is refused."""
    with pytest.raises(UnknownRegion):
        clock(Regime.EU, Right.KNOW, datetime(2026, 5, 5, tzinfo=UTC), region=region)


def test_promise_knows_the_controllers_holidays() -> None:
    """A promise is kept in the controller's region, whichever that is: safe is a day on which it works."""
    sheet = sheet_of(Regime.POLICY, Right.DELETE, "2026-11-10", LA, region="US-CA")

    assert days(sheet, Duty.RESPOND) == ("2026-12-25", "2026-12-24")


@pytest.mark.parametrize("spelling", ["opt-out", "opt_out"])
def test_duty_spelling(spelling: str) -> None:
    """A duty may be written with dashes, as on a command line."""
    assert Duty(spelling) is Duty.OPT_OUT
