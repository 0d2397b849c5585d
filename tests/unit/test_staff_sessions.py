"""Who gets to the pages for our own people, and for how long."""

import pytest
from structlog.testing import capture_logs

from tests.unit.person_rig import FORM, visiting
from tests.unit.staff_rig import NAME, PASSWORD, REQUEST, TASK, Office, at_work
from tests.unit.web_rig import REQUEST_ID
from web.staff.attempts import FROM_ONE_ADDRESS, SECONDS, Attempts
from web.staff.described import LEAVES
from web.staff.sessions import IDLE_SECONDS, LONGEST_SECONDS

PAGES = ["/staff", TASK, REQUEST, "/staff/enter"]
ACTS = [
    leaf.path.replace("{request_id}", REQUEST_ID).replace("{task_id}", f"{REQUEST_ID}.1")
    for leaf in LEAVES
    if leaf.method == "post" and leaf.path != "/staff/sign-in"
]


async def test_a_right_password_opens_the_pages() -> None:
    """And what is due is the first of them, kept by no cache."""
    async with at_work(Office(), signed_in=False) as staff:
        page = await staff.sign_in()

    assert (page.status, page.url.path) == (200, "/staff")
    assert f"Signed in as {NAME}." in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'; style-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["jo lead", "  Jo   Lead "])
async def test_how_a_name_is_typed_does_not_matter(name: str) -> None:
    """Decisions are signed with it as it stands in the file."""
    async with at_work(Office(), signed_in=False) as staff:
        page = await staff.sign_in(name)

    assert "Signed in as Jo Lead." in page.text


async def test_unknown_names_and_wrong_passwords_read_the_same() -> None:
    """Nobody learns who works here; what was typed as a name is kept, and no password is."""
    async with at_work(Office(), signed_in=False) as staff:
        wrong = await staff.sign_in(NAME, "wrong")
        unknown = await staff.sign_in("Nobody", "wrong")
        empty = await staff.sign_in("", "")

    assert [page.status for page in (wrong, unknown, empty)] == [403] * 3
    assert wrong.text == unknown.text == empty.text
    assert (wrong.value("name"), wrong.value("password")) == ([NAME], [""])
    assert "staff" not in staff.cookies()


@pytest.mark.parametrize("path", PAGES)
async def test_without_a_session_every_page_leads_to_signing_in(path: str) -> None:
    """And shows nothing."""
    async with at_work(Office(), signed_in=False) as staff:
        page = await staff.ask("GET", path, follow=False)

    assert (page.status, page.headers["Location"]) == (303, "/staff/sign-in")
    assert page.html == ""


@pytest.mark.parametrize("path", ACTS)
async def test_without_a_session_nothing_is_done(path: str) -> None:
    """Whatever is sent."""
    desk = Office()

    async with at_work(desk, signed_in=False) as staff:
        page = await staff.ask(
            "POST", path, follow=False, data=b"outcome=done&to=deputy", headers={"Content-Type": FORM}
        )

    assert (page.status, page.headers["Location"]) == (303, "/staff/sign-in")
    assert (desk.orders, desk.submissions) == ([], [])


@pytest.mark.parametrize("path", [each for each in ACTS if not each.endswith(("sign-out", "evidence"))])
@pytest.mark.parametrize("form_token", ["", "forged"])
async def test_without_our_token_nothing_is_done(path: str, form_token: str) -> None:
    """Another site's form: 403, on a page that can be sent again."""
    desk = Office()

    async with at_work(desk) as staff:
        body = f"outcome=done&to=deputy&form_token={form_token}".encode()
        page = await staff.ask("POST", path, data=body, headers={"Content-Type": FORM})

    assert page.status == 403
    assert "press the button once more" in page.text
    assert (desk.orders, desk.submissions) == ([], [])


async def test_what_another_site_sends_is_not_ours() -> None:
    """Even with a token that fits: browsers say where a form comes from."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await staff.open(TASK)
        staff.headers["Sec-Fetch-Site"] = "cross-site"
        sent = await staff.press(page, "Finish this task", outcome="done")

    assert (sent.status, desk.orders) == (403, [])


async def test_a_token_is_one_sessions() -> None:
    """Of somebody who signed in again, the old one is none; nor is one from before signing in."""
    desk = Office()

    async with at_work(desk) as staff:
        page = await staff.open(TASK)
        await staff.sign_in("Sam", "another long password")
        sent = await staff.press(page, "Finish this task", outcome="done")

    assert (sent.status, desk.orders) == (403, [])


async def test_signing_in_needs_our_form() -> None:
    """Nobody is signed in as somebody else by another site."""
    async with at_work(Office(), signed_in=False) as staff:
        body = f"name={NAME}&password={PASSWORD}".encode()
        page = await staff.ask("POST", "/staff/sign-in", data=body, headers={"Content-Type": FORM})

    assert page.status == 403
    assert "staff" not in staff.cookies()


async def test_a_cookie_from_before_signing_in_is_not_kept() -> None:
    """Session fixation: whatever cookie a browser came with, the session is a fresh one."""
    async with at_work(Office()) as staff:
        planted = staff.cookies()["staff"]
        await staff.sign_in()
        mine = staff.cookies()["staff"]
        page = await staff.open("/staff")
        await staff.press(page, "Sign out")
        staff.session.cookie_jar.update_cookies({"staff": planted}, response_url=page.url)
        still = await staff.ask("GET", "/staff", follow=False)

    assert planted != mine
    assert still.status == 200  # its own session, which nobody signed out, and not the one that began later


@pytest.mark.parametrize("cookie", ["", "x", "gAAAAABk" + "A" * 100])
async def test_a_cookie_that_is_not_ours_opens_nothing(cookie: str) -> None:
    """Made up, or changed."""
    async with at_work(Office(), signed_in=False) as staff:
        page = await staff.ask("GET", "/staff", follow=False, headers={"Cookie": f"staff={cookie}"})

    assert page.status == 303


async def test_a_persons_cookie_is_no_staff_cookie() -> None:
    """Both are sealed by the same process, and neither opens the other's pages."""
    async with visiting(Office()) as person:
        sent = await person.press(await person.asked("access"), "Send my request")
        code = await person.press(await person.open(f"/privacy/requests/{REQUEST_ID}"), "Confirm", code="123456")
        cookies = {each.key: each.value for each in person.session.cookie_jar}
    async with at_work(Office(), signed_in=False) as staff:
        answers = [
            await staff.ask("GET", "/staff", follow=False, headers={"Cookie": f"staff={value}"})
            for value in cookies.values()
        ]

    assert (sent.status, code.status) == (200, 200)
    assert len(answers) >= 3
    assert {answer.status for answer in answers} == {303}


async def test_signing_out_ends_every_copy_of_the_cookie() -> None:
    """Not only the browser's own."""
    async with at_work(Office()) as staff:
        copied = staff.cookies()["staff"]
        out = await staff.press(await staff.open("/staff"), "Sign out")
        page = await staff.ask("GET", "/staff", follow=False, headers={"Cookie": f"staff={copied}"})

    assert "You are signed out." in out.text
    assert "staff" not in staff.cookies()
    assert page.status == 303


async def test_half_an_hour_without_a_page_ends_the_session() -> None:
    """Each page that is opened begins it anew."""
    async with at_work(Office()) as staff:
        for _ in range(3):
            staff.clock.now += IDLE_SECONDS - 1
            open_still = await staff.open("/staff")
        staff.clock.now += IDLE_SECONDS
        ended = await staff.open("/staff")

    assert open_still.url.path == "/staff"
    assert ended.url.path == "/staff/sign-in"
    assert "You are signed out" in ended.text


async def test_ten_hours_end_the_session() -> None:
    """However busy the day was."""
    async with at_work(Office()) as staff:
        began = staff.clock.now
        while staff.clock.now - began < LONGEST_SECONDS - IDLE_SECONDS:
            staff.clock.now += IDLE_SECONDS - 1
            busy = await staff.open("/staff")
        staff.clock.now = began + LONGEST_SECONDS
        page = await staff.open("/staff")

    assert busy.url.path == "/staff"
    assert page.url.path == "/staff/sign-in"


async def test_over_https_the_cookies_are_this_hosts_alone() -> None:
    """`__Host-`, Secure, HttpOnly, SameSite=Strict, and gone with the browser."""
    async with at_work(Office(), signed_in=False, https=True) as staff:
        form = await staff.open("/staff/sign-in")
        own = form.headers["Set-Cookie"].partition(";")[0]
        body = f"name={NAME}&password={PASSWORD}&form_token={form.value('form_token')[0]}".encode()
        page = await staff.ask(
            "POST", "/staff/sign-in", follow=False, data=body, headers={"Content-Type": FORM, "Cookie": own}
        )
        cookie = page.headers["Set-Cookie"]

    assert cookie.startswith("__Host-staff=")
    assert own.startswith("__Host-staff-form=")
    assert {part.strip() for part in cookie.split(";")[1:]} == {"HttpOnly", "Path=/", "SameSite=Strict", "Secure"}


async def test_after_too_many_wrong_passwords_none_is_looked_at() -> None:
    """Not even the right one, and no matter whose."""
    async with at_work(Office(), signed_in=False) as staff:
        wrong = [await staff.sign_in(NAME, "wrong") for _ in range(FROM_ONE_ADDRESS)]
        right = await staff.sign_in()

    assert {page.status for page in wrong} == {403}
    assert (right.status, right.headers["Retry-After"]) == (429, "900")
    assert "staff" not in staff.cookies()


def test_wrong_passwords_are_forgotten_after_a_quarter_of_an_hour() -> None:
    """By address and by name, each by itself; a right one does not count."""
    now = 0.0
    attempts = Attempts(lambda: now)
    for _ in range(FROM_ONE_ADDRESS):
        attempts.wrong("here", "jo")
    for _ in range(FROM_ONE_ADDRESS * 2):
        attempts.wrong("there", "sam")
        attempts.right("there", "sam")

    here, there = attempts.too_many("here", "anybody"), attempts.too_many("there", "sam")
    now = SECONDS
    later = attempts.too_many("here", "jo")

    assert (here, there, later) == (True, False, False)


async def test_no_password_and_no_name_is_logged() -> None:
    """Of who signs in, and of who does not."""
    with capture_logs() as logs:
        async with at_work(Office()) as staff:
            await staff.sign_in("Canary Name", "canary-password")

    assert "canary" not in str(logs).lower()
    assert PASSWORD not in str(logs)
    assert NAME not in str(logs)
    assert any(line["event"] == "answered" for line in logs)


async def test_what_is_not_there_is_a_page_of_its_own() -> None:
    """Signed in or not, and it repeats nothing of the address."""
    async with at_work(Office()) as staff:
        found = [await staff.open(path) for path in ("/staff/canary", "/staff/tasks/canary", "/staff/requests/canary")]

    assert [page.status for page in found] == [404] * 3
    assert not any("canary" in page.html for page in found)
