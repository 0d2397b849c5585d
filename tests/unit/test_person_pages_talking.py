"""Writing to us about a request, on its page."""

from datetime import date

import pytest

from dsar.case import State
from dsar.talking import LONGEST, Exchange, Message, Talk, instructions
from dsar.waiting import Subject
from intake.desk import Refused
from intake.engine import EngineDown
from tests.unit.person_rig import PAGE, Telling, visiting
from tests.unit.web_rig import REQUEST_ID, FakeDesk, row

WRITE = f"{PAGE}/write"
SAID = Talk(
    exchanges=(
        Exchange(
            number=1, written=date(2026, 5, 6), answered=date(2026, 5, 7), answer="<b>Canary</b> reply", read=True
        ),
        Exchange(number=2, written=date(2026, 5, 8), read=True),
        Exchange(number=3, written=date(2026, 5, 9)),
    )
)


def said(**more: object) -> FakeDesk:
    desk = Telling()
    desk.said_so_far = SAID.model_copy(update=more)
    return desk


async def test_what_is_written_reaches_the_saga() -> None:
    """From the page of the request, word for word; and the person is told that it did."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.open(PAGE)
        assert WRITE in page.links
        sent = await person.press(await person.open(WRITE), "Send it", message="Line one\r\nLine two & <b>")

    (message,) = desk.messages.values()
    assert message == Message(text="Line one\nLine two & <b>")
    assert "Thank you: we have your message" in sent.text


async def test_the_same_form_sent_twice_is_one_message() -> None:
    """Whoever presses again, in whichever process; other words are another message."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.open(WRITE)
        for words in ("one", "one", "two"):
            await person.press(page, "Send it", message=words)

    assert sorted(each.text for each in desk.messages.values()) == ["one", "two"]


@pytest.mark.parametrize(
    ("words", "told"), [("", "Write what"), (" \n", "Write what"), ("x" * (LONGEST + 1), "too long")]
)
async def test_what_cannot_be_taken_comes_back(words: str, told: str) -> None:
    """Nothing that was written is lost."""
    desk = FakeDesk()

    async with visiting(desk) as person:
        page = await person.press(await person.open(WRITE), "Send it", message=words)

    assert page.status == 422
    assert told in page.text
    assert page.value("message") == [words.strip()]
    assert not desk.messages


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (Refused("we have many messages"), 409, "We have many messages."),
        (EngineDown(), 503, "Nothing was sent"),
        (OSError(), 503, "Nothing was sent"),
    ],
)
async def test_whatever_fails_the_words_come_back(error: Exception, status: int, told: str) -> None:
    """With the reason, or with the request to try again."""
    desk = FakeDesk()
    desk.fails["write"] = error

    async with visiting(desk) as person:
        page = await person.press(await person.open(WRITE), "Send it", message="Canary words")

    assert page.status == status
    assert told in page.text
    assert page.value("message") == ["Canary words"]


async def test_what_has_not_begun_can_be_written_to_later() -> None:
    """A request that waits for the engine, or behind another: the words come back, and nothing is called over."""
    desk = FakeDesk()
    desk.fails["write"] = desk.fails["talk"] = Refused("this is not running")

    async with visiting(desk) as person:
        page = await person.press(await person.open(WRITE), "Send it", message="Canary words")

    assert page.status == 503
    assert "Nothing was sent" in page.text
    assert page.value("message") == ["Canary words"]


async def test_logs_say_nothing_of_a_message(capfd: pytest.CaptureFixture[str]) -> None:
    """Also where something breaks with the words in its hands."""
    desk = FakeDesk()
    desk.fails["write"] = ValueError("Canary words")

    async with visiting(desk) as person:
        page = await person.press(await person.open(WRITE), "Send it", message="Canary words")
        del desk.fails["write"]
        await person.press(page, "Send it")

    assert page.status == 500
    assert [each.text for each in desk.messages.values()] == ["Canary words"]
    assert "canary" not in "".join(capfd.readouterr()).lower()


async def test_our_words_are_shown_only_where_the_code_was_entered() -> None:
    """Whoever has only the number reads that we answered, and when; in the browser of the code, what, too."""
    desk = said()

    async with visiting(desk) as person:
        before = await person.open(WRITE)
        await person.press(await person.open(PAGE), "Confirm", code="000000")
        wrong = await person.open(WRITE)
        await person.press(await person.open(PAGE), "Confirm", code="123456")
        after = await person.open(WRITE)
        await person.press(after, "Send it", message="Thanks")

    for page in (before, wrong):
        assert "Canary" not in page.html
        assert "We answered on 7 May 2026" in page.text
        assert "We have read it" in page.text
        assert "not read it yet" in page.text
    assert "&lt;b&gt;Canary&lt;/b&gt; reply" in after.html
    assert [each.proven for each in desk.messages.values()] == [True]


async def test_a_cookie_of_somebody_elses_making_opens_nothing() -> None:
    """Nor does that of another request."""
    async with visiting(said()) as person:
        person.headers["Cookie"] = "__Host-proof=request-abc; proof=gAAAAAB"
        page = await person.open(WRITE)

    assert page.status == 200
    assert "Canary" not in page.html


async def test_a_question_of_ours_is_answered_there() -> None:
    """The page says that what is written counts as the answer."""
    async with visiting(said(asked=(Subject.CLARIFICATION,))) as asked, visiting(said()) as not_asked:
        page, other = await asked.open(WRITE), await not_asked.open(WRITE)

    assert "taken as your answer" in page.text
    assert "taken as your answer" not in other.text


async def test_a_question_of_ours_shows_on_the_page_of_the_request() -> None:
    """Whoever looks where it stands sees that we wait for them; a silent saga leaves the rest of the page as it is."""
    silent = said(asked=(Subject.CLARIFICATION,))
    silent.fails["talk"] = EngineDown()
    async with visiting(said(asked=(Subject.CLARIFICATION,))) as person, visiting(said()) as other:
        page, without = await person.open(PAGE), await other.open(PAGE)
    async with visiting(silent) as person:
        still = await person.open(PAGE)

    assert "We have a question" in page.text
    assert page.links.count(WRITE) == 2
    assert "We have a question" not in without.text + still.text
    assert still.status == 200


async def test_when_it_is_over_the_page_says_where_to_write() -> None:
    """There is nobody left to pass it on."""
    desk = FakeDesk()
    desk.rows[REQUEST_ID] = row(state=State.ANSWERED, closed_at=row().opened_at)
    desk.fails["talk"] = Refused("this is not running")

    async with visiting(desk) as person:
        page = await person.open(WRITE)

    assert page.status == 200
    assert "This request is over" in page.text
    assert "Send it" not in page.html


async def test_nothing_is_said_of_what_does_not_exist() -> None:
    """404."""
    async with visiting(FakeDesk()) as person:
        page = await person.open(f"/privacy/requests/request-{'z' * 24}/write")

    assert page.status == 404


def test_what_a_terminal_would_obey_is_left_out() -> None:
    """Letters, lines and the joiners of some scripts stay."""
    text = "\x1b[2Ja\u202eb\r\nc\td\x00 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"

    message = Message(text=text, mail_from="x\x1b@y")

    assert message.text == "[2Jab\nc\td \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert message.mail_from == "x@y"


def test_the_task_says_what_the_words_prove() -> None:
    """Nothing, unless they come from the browser of the code; never whose name a mail goes by."""
    mail = Message(text="words", mail_from="dana@somewhere.example", attachments=2)

    told = instructions(mail, number=3, answers=True, asked=(Subject.PROOF,))

    for text in (
        "proves nothing",
        "Message 3",
        "answer to our question",
        "as it says",
        "Attachments: 2",
        "proof of id",
    ):
        assert text in told
    assert told.endswith("\n\nwords")
