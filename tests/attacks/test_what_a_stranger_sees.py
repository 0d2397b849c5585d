"""Somebody asks in order to see whom the company knows."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from dsar.requests import Right
from dsar.wish import Wish
from tests.attacks.rig import as_a_stranger_reads
from tests.attacks.threats import Threat, against
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, House, house, policy
from tests.flows.test_other_rights import asking, rules
from tests.flows.test_other_rights import crm as marketed
from tests.flows.test_whom_we_know import directory
from tests.unit.person_rig import FORM, Page, Visitor, visiting

Walk = dict[str, tuple[int, str]]


async def pressed(visitor: Visitor, page: Page, path: str, **typed: str) -> Page:
    """Send a form of this page's, whatever is written on its button."""
    body = urlencode({"form_token": page.value("form_token")[0], **typed}).encode()
    return await visitor.ask("POST", path, data=body, headers={"Content-Type": FORM})


async def walked(at: House, visitor: Visitor, right: Right, **who: str) -> Walk:
    """Ask on the web in somebody's name, and press whatever there is to press; each page, as a stranger reads it."""
    details = await visitor.press(await visitor.open("/privacy"), "Continue", right=[right])
    review = await visitor.press(details, "Continue", follow=True, **who)
    before = {row.id for row in await at.foundation.ledger.requests.open()}
    sent = await visitor.press(review, "Send my request")
    (request_id,) = {row.id for row in await at.foundation.ledger.requests.open()} - before
    place = f"/privacy/requests/{request_id}"
    for _ in range(400):
        standing = await visitor.open(place)
        if standing.value("code"):
            break
    pages = {
        "receipt": sent,
        "standing": standing,
        "wrong code": await pressed(visitor, standing, f"{place}/code", code="000000"),
        "no code at all": await pressed(visitor, standing, f"{place}/code", code="letters"),
        "another code": await pressed(visitor, standing, f"{place}/another-code"),
        "taking back": await visitor.open(f"{place}/cancel"),
        "by machine": await visitor.open(f"/v1/requests/{request_id}"),
    }
    return {name: (page.status, as_a_stranger_reads(page.html, **who)) for name, page in pages.items()}


async def stranger(folder: Path, system: FakeSystem, right: Right, **who: str) -> Walk:
    async with house(folder, system) as at, visiting(at.desk, policy=policy()) as visitor:
        return await walked(at, visitor, right, **who)


@against(Threat.ORACLE)
@pytest.mark.parametrize("right", [Right.ACCESS, Right.DELETE])
@pytest.mark.parametrize("who", [{"customer_id": "42"}, {"email": ADA}, {"email": ADA, "name": "Ada"}], ids=str)
async def test_every_page_reads_the_same_of_a_customer_as_of_nobody(
    tmp_path: Path, right: Right, who: dict[str, str]
) -> None:
    """The receipt, the standing, a wrong code, another code: word for word, whoever is known."""
    of_a_customer = await stranger(tmp_path / "known", directory(knows=True), right, **who)
    of_nobody = await stranger(tmp_path / "unknown", directory(knows=False), right, **who)

    assert of_nobody == of_a_customer
    assert {name: status for name, (status, _) in of_nobody.items() if status not in {200, 422}} == {}


@against(Threat.ORACLE)
async def test_whether_somebody_asked_before_cannot_be_read_either(tmp_path: Path) -> None:
    """The same in the same name a second time: the pages of the first, letter for letter."""
    async with house(tmp_path, directory(knows=True)) as at, visiting(at.desk, policy=policy()) as visitor:
        first = await walked(at, visitor, Right.ACCESS, email=ADA)
    async with house(tmp_path / "again", directory(knows=True)) as at, visiting(at.desk, policy=policy()) as visitor:
        await at.desk.submit(at.submission(Right.ACCESS).model_copy(update={"channel": "web"}))
        second = await walked(at, visitor, Right.ACCESS, email=ADA)

    assert second == first


@against(Threat.ORACLE)
@pytest.mark.parametrize(
    "number", ["request-" + "a" * 24, "request-abcdefghijklmnopqrstuvw7", "request-1", "..%2f..%2f"]
)
async def test_a_number_that_nobody_was_given_leads_nowhere(tmp_path: Path, number: str) -> None:
    """120 random bits: guessing finds nothing, and every miss reads the same."""
    async with house(tmp_path) as at, visiting(at.desk, policy=policy()) as visitor:
        await at.submit()
        page = await visitor.open(f"/privacy/requests/{number}")
        api = await visitor.open(f"/v1/requests/{number}")

    assert (page.status, api.status) == (404, 404)
    assert number not in page.html + api.html


@against(Threat.ORACLE)
@pytest.mark.parametrize("wish", [Wish(), Wish(consents=("newsletter",))], ids=["opt-out", "withdraw"])
async def test_how_a_request_without_proof_ended_does_not_tell_whom_we_know(tmp_path: Path, wish: Wish) -> None:
    """Anybody can opt anybody out: what came of it is in the letter, and the page reads the same of nobody."""
    right = Right.WITHDRAW if wish.consents else Right.OPT_OUT
    read = []
    for knows in (True, False):
        system = marketed()
        if not knows:
            system.records.clear()
        async with house(tmp_path / str(knows), system, rules=rules()) as at, visiting(at.desk, policy=rules()) as v:
            receipt = await at.desk.submit(asking(right, **wish.model_dump(exclude_defaults=True)))
            await at.ended(receipt)
            pages = [await v.open(f"{place}/{receipt.request_id}") for place in ("/privacy/requests", "/v1/requests")]
            read.append([as_a_stranger_reads(page.html, email=ADA) for page in pages])
            letter = at.answers(ADA)[0]
            assert ("found nothing" in letter.lower()) is not knows

    assert read[0] == read[1]
