"""What our own people can do in a browser: every form is one order, signed with the name that they signed in with."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from structlog.testing import capture_logs

from dsar.case import Owner, TaskKind, TaskState
from dsar.requests import Regime, Right
from dsar.submission import Channel
from dsar.waiting import Subject
from intake.attachments import LARGEST
from intake.desk import Refused
from intake.engine import EngineDown
from ledger.requests import RequestRow
from tests.unit.person_rig import FORM, Page
from tests.unit.staff_rig import NAME, REQUEST, TASK, TASK_ID, Office, Staff, at_work, task
from tests.unit.web_rig import REQUEST_ID, closed, row

TYPED = "what was typed <i>here</i>"


async def attached(staff: Staff, page: Page, content: bytes, name: str = "screen.png", **more: str) -> Page:
    """Send the form with the file, as a browser does."""
    token = more.get("form_token", page.value("form_token")[0])
    lines = [
        b'--b\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n' + token.encode(),
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + content,
        b"--b--\r\n",
    ]
    headers = {"Content-Type": more.get("content_type", "multipart/form-data; boundary=b")}
    return await staff.ask("POST", f"{TASK}/evidence", data=BytesIO(b"\r\n".join(lines)), headers=headers)


async def test_what_is_due_is_listed_without_personal_data() -> None:
    """Requests and tasks, each with its dates and a link; what is late says so."""
    desk = Office()
    desk.rows["request-b"] = row(id="request-b", safe=date(2026, 5, 6), due=date(2026, 5, 7), regime=Regime.EU)

    async with at_work(desk) as staff:
        page = await staff.open("/staff")

    assert " California Answer by 18 June 2026. Legal date: 19 June 2026." in page.text
    assert "Was due by 6 May 2026. Legal date: 7 May 2026." in page.text
    assert " Customers <b>&</b> co Due by 10 May 2026. Privacy lead." in page.text
    assert {TASK, REQUEST, "/staff/requests/request-b"} <= set(page.links)
    assert "A day ends at midnight in Europe/Berlin." in page.text
    assert "Canary" not in page.html


async def test_a_task_of_an_answered_request_names_its_right_too() -> None:
    """What is left to be undone after the answer is of the same request."""

    class Answered(Office):
        async def open_requests(self) -> list[RequestRow]:
            return []

    desk = Answered(task(TaskKind.ACT), task(TaskKind.ACT, "request-nowhere.1"))

    async with at_work(desk) as staff:
        page = await staff.open("/staff")

    assert "Access: a copy" in page.text
    assert "No request is open." in page.text


async def test_nothing_to_do_is_said() -> None:
    """Two lists, both empty."""
    desk = Office()
    desk.rows.clear()
    desk.tasks.clear()

    async with at_work(desk) as staff:
        page = await staff.open("/staff")

    assert "Nothing to do." in page.text
    assert "No request is open." in page.text


async def test_a_task_is_shown_as_text() -> None:
    """Markup in it is text, and what a screen would obey is left out."""
    async with at_work(Office()) as staff:
        page = await staff.open(TASK)

    assert "Canary Person <script>alert(1)</script> & [31mred backwards" in page.text
    assert "Due by 10 May 2026. Privacy lead." in page.text
    assert "<script>" not in page.html
    assert "<b>theirs" not in page.html
    assert {"\x1b", "\u202e"}.isdisjoint(page.html)


@pytest.mark.parametrize("kind", TaskKind)
async def test_each_kind_of_task_says_what_the_three_words_do(kind: TaskKind) -> None:
    """In words of its own. What is judged is right or it is not: there is nothing to find."""
    async with at_work(Office(task(kind))) as staff:
        page = await staff.open(TASK)

    assert page.status == 200
    assert all(f"{word} " in page.text for word in ("Done", "Exception"))
    assert ("Not found " in page.text) is (kind is not TaskKind.JUDGE)


async def test_what_an_objection_weighs_is_said_in_words_of_its_own() -> None:
    """Nothing of erasing: the use ends, or goes on."""
    desk = Office(task(TaskKind.DECIDE))

    async with at_work(desk) as staff:
        deletes = await staff.open(TASK)
        desk.rows[REQUEST_ID] = row(right=Right.OBJECT)
        objects, due = await staff.open(TASK), await staff.open("/staff")

    assert "Erase them." in deletes.text
    assert "Whose grounds weigh more?" in objects.text
    assert "Whose grounds weigh more?" in due.text
    assert "Erase or keep?" not in due.text
    assert "Erase them." not in objects.text
    assert "Our grounds weigh more: the use goes on, and the person is told." in objects.text


async def test_whoever_judges_says_why() -> None:
    """Without an answer the form comes back, with the mistake at its field; nothing is decided."""
    desk = Office(task(TaskKind.JUDGE))

    async with at_work(desk) as staff:
        page = await staff.press(await staff.open(TASK), "Finish this task", outcome="done", note=" ")
        again = await staff.press(await staff.open(TASK), "Finish this task", outcome="not_found", note=TYPED)

    assert (page.status, again.status, desk.orders) == (422, 422, [])
    assert "Your answer The person reads this" in page.text  # not called optional
    assert "#note" in page.links
    assert again.value("note") == [TYPED]


async def test_a_request_is_found_by_its_number() -> None:
    """As the person reads it out, with capitals and space around it; what is no number is told at the field."""
    async with at_work(Office()) as staff:
        due = await staff.open("/staff")
        page = await staff.ask("GET", f"/staff/find?number=%20{REQUEST_ID.upper()}%20")
        wrong = await staff.ask("GET", "/staff/find?number=canary%22")

    assert "Find a request" in due.text
    assert page.url.path == REQUEST
    assert (wrong.status, wrong.value("number")) == (422, ['canary"'])
    assert "Enter the number of a request" in wrong.text


@pytest.mark.parametrize("outcome", [TaskState.DONE, TaskState.NOT_FOUND, TaskState.EXCEPTION])
async def test_a_task_is_finished(outcome: TaskState) -> None:
    """With a note, and with the name of whoever is signed in."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await staff.press(await staff.open(TASK), "Finish this task", outcome=outcome, note=" both looked at ")

    assert desk.orders == [("resolve", TASK_ID, outcome, NAME, "both looked at")]
    assert (page.url.path, "Finished." in page.text) == ("/staff", True)


async def test_nobody_can_sign_as_somebody_else() -> None:
    """A name in the form says nothing."""
    desk = Office()

    async with at_work(desk) as staff:
        await staff.press(await staff.open(TASK), "Finish this task", outcome="done", by="Sam", name="Sam")

    assert desk.orders == [("resolve", TASK_ID, TaskState.DONE, NAME, "")]


@pytest.mark.parametrize("outcome", ["", "open", "withdrawn", "<script>"])
async def test_a_task_ends_with_one_of_three_words(outcome: str) -> None:
    """Anything else comes back, with the note that was typed."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await staff.press(await staff.open(TASK), "Finish this task", outcome=outcome, note=TYPED)

    assert (page.status, desk.orders) == (422, [])
    assert "Choose how it went." in page.text
    assert page.value("note") == [TYPED]


async def test_a_task_of_a_sweep_has_words_of_its_own() -> None:
    """It belongs to no request: nothing to attach, nobody to pass it on to."""
    sweep = "sweep-2026-05-05.1"

    async with at_work(Office(task(TaskKind.DECIDE, sweep))) as staff:
        page = await staff.open(f"/staff/tasks/{sweep}")

    assert "nobody is asked again for a year" in page.text
    assert [button for form in page.forms for button in form.buttons] == ["Finish this task", "Sign out"]


async def test_a_task_of_a_hold_has_words_of_its_own() -> None:
    """Nobody is told that it could not be done: it is asked again."""
    hold = "hold-abc.1"

    async with at_work(Office(task(TaskKind.ACT, hold))) as staff:
        page = await staff.open(f"/staff/tasks/{hold}")

    assert "Not now: it is asked again within a month." in page.text


async def test_a_task_is_passed_on() -> None:
    """To the one who does not have it."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await staff.press(await staff.open(TASK), "Pass on to: Deputy")

    assert desk.orders == [("pass_on", TASK_ID, Owner.DEPUTY, NAME)]
    assert "Passed on." in page.text


async def test_evidence_is_sealed() -> None:
    """Byte by byte, with its own name and no folder of it."""
    desk = Office()
    content = bytes(range(256)) * 8_000

    async with at_work(desk) as staff:
        page = await attached(staff, await staff.open(TASK), content, "../me/screen.png")

    assert [(file.name, file.content) for file in desk.files] == [("screen.png", content)]
    assert desk.orders == [("attach", TASK_ID, NAME)]
    assert "Sealed with the request." in page.text


async def test_evidence_that_is_none_is_refused() -> None:
    """An empty file, one that is too large, no form at all, and a form of another site."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await staff.open(TASK)
        answers = [
            await attached(staff, page, b""),
            await attached(staff, page, bytes(LARGEST + 1)),
            await attached(staff, page, b"x", content_type="multipart/form-data"),
            await attached(staff, page, b"x", content_type=FORM),
            await attached(staff, page, b"x", content_type="multipart/form-data; boundary=c"),
            await attached(staff, page, b"x", form_token="forged"),
        ]

    assert [answer.status for answer in answers] == [422, 413, 415, 415, 400, 403]
    assert (desk.files, desk.orders) == ([], [])


async def test_a_request_says_where_it_stands() -> None:
    """Its clock and why, what is planned, who is waited for."""
    async with at_work(Office()) as staff:
        page = await staff.open(REQUEST)

    assert "Waits for the person to prove who they are." in page.text
    assert "Answer by 31 July 2026. Legal date: 3 August 2026." in page.text
    assert "Customers <b>&</b> co 3 to erase, 1 to keep" in page.text
    assert f"{REQUEST}/plans/crm" in page.links
    assert "extended" in page.text
    assert TASK in page.links
    assert "Canary Person" not in page.html


@pytest.mark.parametrize("kind", [TaskKind.CONFIRM, TaskKind.DECIDE, TaskKind.APPROVE, TaskKind.ACT])
async def test_what_is_to_be_decided_is_seen_record_by_record(kind: TaskKind) -> None:
    """From the task: what each is, what is planned and why; whose it may be, by kinds of identifiers and no value."""
    async with at_work(Office(task(kind))) as staff:
        asks = await staff.open(TASK)
        page = await staff.open(next(link for link in asks.links if "/plans/" in link))

    assert page.url.path == f"{REQUEST}/plans/crm"
    assert "Canary Person <script>alert(1)</script> & [31mred backwards" in page.text
    assert ": a person says. Until 2 January 2033. Only the name agrees" in page.text
    assert "Created 2 January 2026 Agrees with the person name" in page.text
    assert "has it not email address, customer number" in page.text
    assert "To be erased." in page.text
    assert page.text.count("Agrees with the person") == 1
    assert page.headers["Cache-Control"] == "no-store"
    assert "<script>" not in page.html
    assert {"\x1b", "\u202e"}.isdisjoint(page.html)


@pytest.mark.parametrize("kind", [TaskKind.REACH, TaskKind.AUTHORITY, TaskKind.COOL_OFF, TaskKind.UNDELIVERED])
async def test_whoever_has_to_reach_a_person_reads_how_they_called_themselves(kind: TaskKind) -> None:
    """What the request says of them, as text and as claims; a task that needs nobody reached shows none of it."""
    async with at_work(Office(task(kind))) as staff:
        page = await staff.open(TASK)
    async with at_work(Office(task(TaskKind.ACT))) as staff:
        other = await staff.open(TASK)

    assert "Claims: nobody has proved them yet. By telephone. Entered by Sam." in page.text
    assert "Telephone +1 555 Canary Person <script>" in page.text
    assert "Agency & co" in page.text
    assert "Under 13" in page.text
    assert "<script>" not in page.html
    assert "+1 555" not in other.text


@pytest.mark.parametrize("channel", Channel)
async def test_every_way_in_has_a_name(channel: Channel) -> None:
    """However a request came, its task can say so."""
    desk = Office(task(TaskKind.REACH))
    desk.asks = desk.asks.model_copy(update={"channel": channel})

    async with at_work(desk) as staff:
        page = await staff.open(TASK)

    assert page.status == 200


async def test_a_plan_that_is_not_there_says_so() -> None:
    """Nothing found, no such system, and one whose request is forgotten."""
    desk = Office()

    async with at_work(desk) as staff:
        desk.lines = []
        empty = await staff.open(f"{REQUEST}/plans/crm")
        unknown = await staff.open(f"{REQUEST}/plans/canary")
        desk.fails["plan"] = Refused("this is over, and all that it held is forgotten")
        over = await staff.open(f"{REQUEST}/plans/crm")

    assert [page.status for page in (empty, unknown, over)] == [200, 404, 409]
    assert "it is not planned yet" in empty.text
    assert "This is over, and all that it held is forgotten." in over.text
    assert REQUEST in over.links


@pytest.mark.parametrize(
    ("button", "typed", "order", "says"),
    [
        ("Take more time", {"extend_reason": "ill"}, ("extend", REQUEST_ID, "ill"), "Extended."),
        ("Take the request back", {"cancel_reason": "no"}, ("cancel", REQUEST_ID, NAME, "no"), "Taken back."),
        (
            "Ask", {"ask_what": "clarification", "question": "Which?"},
            ("ask", REQUEST_ID, Subject.CLARIFICATION, "Which?", NAME), "is asked by letter",
        ),
        ("It has come", {"receive_what": "proof"}, ("receive", REQUEST_ID, Subject.PROOF, NAME), "Noted."),
    ],
)  # fmt: skip
async def test_the_course_of_a_request_is_changed(
    button: str, typed: dict[str, str | list[str]], order: tuple[object, ...], says: str
) -> None:
    """One form each, signed where the journal has a name."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await staff.press(await staff.open(REQUEST), button, follow=True, **typed)

    assert desk.orders == [order]
    assert says in page.text


async def test_a_restriction_is_lifted() -> None:
    """Only where there is one."""
    desk = Office()
    async with at_work(desk) as staff:
        other = await staff.open(REQUEST)
        desk.rows[REQUEST_ID] = row(right=Right.RESTRICT)
        await staff.press(await staff.open(REQUEST), "End the restriction", lift_reason="settled")

    assert desk.orders == [("lift", REQUEST_ID, NAME, "settled")]
    assert "End the restriction" not in other.text


@pytest.mark.parametrize(
    ("button", "typed", "says"),
    [
        ("Take more time", {"extend_reason": ""}, "Say why"),
        ("Take more time", {"extend_reason": TYPED + "x" * 500}, "Say why"),
        ("Take the request back", {"cancel_reason": "  "}, "Say why"),
        ("Ask", {"ask_what": "", "question": TYPED}, "Choose what it is about."),
        ("Ask", {"ask_what": "proof", "question": ""}, "Write the question"),
        ("It has come", {"receive_what": "canary"}, "Choose what it is about."),
    ],
)
async def test_a_form_with_a_mistake_comes_back(button: str, typed: dict[str, str | list[str]], says: str) -> None:
    """With what was typed, and nothing is done."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await staff.press(await staff.open(REQUEST), button, follow=True, **typed)

    assert (page.status, desk.orders) == (422, [])
    assert says in page.text
    assert all(page.value(name) == [text] for name, text in typed.items() if text in {TYPED, "proof"})


@pytest.mark.parametrize(
    ("fails", "status", "says"),
    [
        (Refused("the first period is <b>over</b>"), 409, "The first period is <b>over</b>."),
        (EngineDown(), 503, "it is not certain that this was done"),
        (OSError("canary"), 503, "it is not certain that this was done"),
        (RuntimeError("canary"), 500, "it is not certain that this was done"),
    ],
)
async def test_what_the_desk_does_not_take_keeps_what_was_typed(fails: Exception, status: int, says: str) -> None:
    """And says why, as text."""
    desk = Office()
    desk.fails = {"extend": fails, "resolve": fails}

    async with at_work(desk) as staff:
        extended = await staff.press(await staff.open(REQUEST), "Take more time", extend_reason=TYPED)
        resolved = await staff.press(await staff.open(TASK), "Finish this task", outcome="done", note=TYPED)

    assert (extended.status, resolved.status) == (status, status)
    assert says in extended.text
    assert (extended.value("extend_reason"), resolved.value("note")) == ([TYPED], [TYPED])
    assert "canary" not in extended.html + resolved.html
    assert "<b>over" not in extended.html


async def test_only_what_was_shown_is_approved() -> None:
    """A plan that came to wait after the page was opened is not approved by it."""
    first, second = task(TaskKind.APPROVE), task(TaskKind.APPROVE, f"{REQUEST_ID}.2")
    desk = Office(first, task(TaskKind.ACT, f"{REQUEST_ID}.3"))

    async with at_work(desk) as staff:
        page = await staff.open(REQUEST)
        desk.tasks[second.id] = second
        approved = await staff.press(page, "Approve all that is listed here")
        again = await staff.press(page, "Approve all that is listed here", task="canary")

    assert desk.orders == [("resolve", first.id, TaskState.DONE, NAME, "")]
    assert "Approved." in approved.text
    assert again.status == 409


async def test_a_request_that_is_over_says_how_it_ended() -> None:
    """The ledger still knows, when its saga is forgotten."""
    desk = Office()
    desk.rows[REQUEST_ID] = closed().model_copy(
        update={"closed_at": datetime(2026, 5, 8, 23, tzinfo=UTC)}
    )  # the 9th in Berlin

    async with at_work(desk) as staff:
        page = await staff.open(REQUEST)

    assert "Answer by" not in page.text
    assert "Over since 9 May 2026: done as asked." in page.text
    assert "Take the request back" not in page.text


async def entered(staff: Staff, **typed: str | list[str]) -> Page:
    """Fill the form in, with a letter from California unless it says otherwise."""
    given: dict[str, str | list[str]] = {
        "channel": "post",
        "received": "2026-05-05",
        "right": ["delete"],
        "email": "canary@person.test",
        "lives": "us-ca",
    }
    return await staff.press(await staff.open("/staff/enter"), "Enter this request", follow=True, **(given | typed))


async def test_a_letter_is_entered() -> None:
    """With the day on which it arrived, and with who entered it; the ticket is shown once."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await entered(staff, right=["access", "delete"], name="Canary Person", region="US-CA")

    (asked,) = desk.submissions
    assert (set(asked.asked), asked.channel) == ({Right.ACCESS, Right.DELETE}, Channel.POST)
    assert asked.entered_by == NAME
    assert (asked.received, asked.regime, asked.region) == (date(2026, 5, 5), Regime.US_CA, "US-CA")
    assert (asked.person.email, asked.person.name) == ("canary@person.test", "Canary Person")
    assert "tick-et-no01" in page.text
    assert "Answer by 18 June 2026. Legal date: 19 June 2026." in page.text
    assert REQUEST in page.links
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("right", "shown"), [("delete", False), ("access", True)])
async def test_a_ticket_is_shown_where_it_opens_something(right: str, shown: bool) -> None:
    """Of a deletion there is nothing to download, and nothing to write down."""
    async with at_work(Office()) as staff:
        page = await entered(staff, right=[right], region="us-ca")

    assert ("tick-et-no01" in page.text) is shown
    assert page.status == 200


async def test_everything_that_the_command_line_takes_of_a_person_can_be_entered() -> None:
    """All numbers, an agent with a permission, corrections, and their own words."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await entered(
            staff,
            channel="phone",
            right=["correct", "withdraw"],
            email="",
            client_id="1.2",
            user_id="u7",
            social_account="instagram:ada.l",
            consents=["newsletter"],
            to_phone="+1 555 0199",
            statement="It is wrong.",
            acts="permission",
            agent_name="Agency",
            permission="I permit it. Ada",
        )

    (asked,) = desk.submissions
    assert page.status == 200
    assert (asked.channel, asked.person.client_id, asked.person.user_id) == (Channel.PHONE, "1.2", "u7")
    assert asked.person.social_account == "instagram:ada.l"
    assert (asked.wish.consents, asked.wish.statement) == (("newsletter",), "It is wrong.")
    assert [change.value for change in asked.wish.changes] == ["+1 555 0199"]
    assert asked.agent is not None
    assert asked.permission is not None
    assert asked.permission.content == b"I permit it. Ada"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"right": []}, "Choose at least one thing"),
        ({"email": ""}, "Enter an email address or a number"),
        ({"email": "canary"}, "Enter an email address like"),
        ({"social_account": "canary"}, "in the form that is described"),
        ({"received": "5.5.2026"}, "Enter the day on which it arrived"),
        ({"received": "2026-05-07"}, "That day has not come yet."),
        ({"channel": "web"}, "Choose how the request came."),
        ({"channel": ""}, "Choose how the request came."),
        ({"region": "Bavaria"}, "Enter a country"),
        ({"statement": TYPED}, "None of what is asked for needs this."),
        ({"to_phone": "1"}, "None of what is asked for needs this."),
        ({"right": ["complaint"]}, "Enter what the person says"),
        ({"right": ["correct"]}, "Fill in at least one correction."),
        ({"acts": "parent", "agent_name": "P", "child": ""}, "Choose how old the child is"),
    ],
)
async def test_what_is_wrong_with_an_entry_is_told_at_its_field(typed: dict[str, str | list[str]], says: str) -> None:
    """Everything that was typed is still there, and nothing was taken in."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await entered(staff, **({"phone": "+1 555 0100", "name": 'Ada "<b>'} | typed))

    assert (page.status, desk.submissions) == (422, [])
    assert says in page.text
    assert (page.value("phone"), page.value("name")) == (["+1 555 0100"], ['Ada "<b>'])
    assert {link.removeprefix("#") for link in page.links if link.startswith("#")} <= page.ids
    assert page.described <= page.ids


async def test_an_entry_that_the_desk_refuses_is_kept() -> None:
    """With the reason in its words."""
    desk = Office()
    desk.fails["submit"] = Refused("received: more than 400 days ago; is the year right?")

    async with at_work(desk) as staff:
        page = await entered(staff, received="2020-05-05")

    assert page.status == 409
    assert "is the year right?" in page.text
    assert page.value("email") == ["canary@person.test"]


async def test_pressing_twice_enters_once() -> None:
    """The same form with the same words: the same receipt."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await staff.open("/staff/enter")
        typed: dict[str, str | list[str]] = {"channel": "post", "right": ["access"], "email": "canary@person.test"}
        first = await staff.press(page, "Enter this request", follow=True, **typed)
        second = await staff.press(page, "Enter this request", follow=True, **typed)

    assert len(desk.submissions) == 1
    assert first.text == second.text


async def test_nothing_of_a_person_is_logged() -> None:
    """Not what is entered, not what a task says, not why something fails."""
    desk = Office()

    with capture_logs() as logs:
        async with at_work(desk) as staff:
            await entered(staff, name="Canary Person")
            await entered(staff, email="canary", name="Canary Person")
            await staff.open(TASK)
            desk.fails = {"resolve": RuntimeError("Canary Person"), "submit": RuntimeError("canary@person.test")}
            await staff.press(await staff.open(TASK), "Finish this task", outcome="done", note="canary note")
            await entered(staff)
            await attached(staff, await staff.open(TASK), b"canary", "canary.png")

    assert "canary" not in str(logs).lower()
    assert len(logs) > 10
