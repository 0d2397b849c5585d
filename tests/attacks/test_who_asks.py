"""Somebody asks for Ada's data, and is not Ada."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from dsar.case import Ending, TaskState
from dsar.identity import Key
from dsar.requests import Right
from dsar.submission import Channel, Person, Submission
from intake.desk import Refused
from tests.attacks.rig import EVE, Customers, letters_to, mail, mailed
from tests.attacks.threats import Threat, against
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, LEAD, house, policy
from tests.flows.test_deletion import mine
from vault.keys import KeyDestroyed


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


COPY = "Please send me a copy of all my personal data."
HERS = f"From: Ada <{ADA}>\r\n"


@against(Threat.FORGED_SENDER)
@pytest.mark.parametrize(
    "text", [COPY, "Please delete all my personal data.", "What information do you have about me?"]
)
async def test_a_forged_mail_has_a_code_sent_to_the_person_and_nothing_else(tmp_path: Path, text: str) -> None:
    """No system is even looked at; to the forger, who reads no mail of hers, nothing comes."""
    async with house(tmp_path, system := Customers(ADA)) as at:
        await mailed(at, mail(text, HERS))
        await at.until(lambda: bool(letters_to(at, ADA)))

        assert system.tried == set()
        assert {to for to, _, _ in at.mail.letters} <= {ADA, LEAD}
        assert at.answers() == []


@against(Threat.REDIRECTED_ANSWER)
@pytest.mark.parametrize(
    "headers",
    [
        f"{HERS}Reply-To: {EVE}\r\n",
        f'From: "{EVE}" <{ADA}>\r\n',
        f"{HERS}Sender: {EVE}\r\nReturn-Path: <{EVE}>\r\n",
        f"{HERS}Cc: {EVE}\r\nBcc: {EVE}\r\n",
        f"{HERS}Disposition-Notification-To: {EVE}\r\nErrors-To: {EVE}\r\n",
        f"{HERS}Resent-From: {EVE}\r\nResent-To: {EVE}\r\n",
        f"From: {ADA}, {EVE}\r\n",
        f"{HERS}Reply-To: =?utf-8?q?eve=40evil=2Eexample?=\r\nMail-Followup-To: {EVE}\r\n",
    ],
    ids=["reply-to", "display-name", "sender", "copies", "receipts", "resent", "two-senders", "encoded"],
)
async def test_no_header_turns_a_letter_away_from_the_address_on_file(tmp_path: Path, headers: str) -> None:
    """Whatever a mail says of where to answer: what is sent goes to Ada, or to our own people."""
    async with house(tmp_path, system := Customers(ADA)) as at:
        assert await mailed(at, mail(COPY, headers))
        await at.until(lambda: bool(at.mail.letters))

        assert letters_to(at, EVE) == []
        assert "export" not in system.tried


@against(Threat.FORGED_SENDER)
@pytest.mark.parametrize("name", [f"Ada <{ADA}>", f"{ADA}", "Ada Lovelace"])
async def test_her_name_on_his_address_is_his_address(tmp_path: Path, name: str) -> None:
    """He proves his own mailbox, and gets what is his: nothing."""
    async with house(tmp_path, Customers(ADA)) as at:
        receipt = await at.submit(Right.ACCESS, email=EVE, name=name)
        await at.proved(receipt, EVE)

        closed = await at.ended(receipt)

        assert closed.ending is Ending.NOTHING_FOUND
        assert letters_to(at, ADA) == []


@against(Threat.KNOWN_FACTS)
@pytest.mark.parametrize(
    "matched",
    [{Key.NAME}, {Key.PHONE}, {Key.NAME, Key.PHONE}, {Key.CUSTOMER_ID}, {Key.NAME, Key.PHONE, Key.CUSTOMER_ID}],
    ids=lambda keys: "+".join(sorted(keys)),
)
async def test_what_he_claims_of_her_beside_his_own_address_opens_nothing(tmp_path: Path, matched: set[Key]) -> None:
    """Her name, telephone and customer number are claims: a person decides, and says that it is not him."""
    system = FakeSystem("crm", [mine("hers", matched=matched)])
    async with house(tmp_path, system) as at:
        receipt = await at.submit(Right.DELETE, email=EVE, name="Ada Lovelace", phone="+1 555 0100", customer_id="42")
        await at.proved(receipt, EVE)
        await at.desk.resolve(await at.task(receipt, "confirm"), TaskState.NOT_FOUND, by="lea")

        await at.ended(receipt)

        assert set(system.records) == {"hers"}
        assert system.suppressed == set()


@against(Threat.NAMESAKE)
@pytest.mark.parametrize("right", [Right.DELETE, Right.ACCESS])
async def test_a_namesakes_record_stays_and_is_not_sent(tmp_path: Path, right: Right) -> None:
    """Both are called Ada: only the record of the proven address is hers."""
    system = FakeSystem("crm", [mine("hers"), mine("namesakes", matched={Key.NAME})])
    async with house(tmp_path, system) as at:
        receipt = await at.submit(right, email=ADA, name="Ada")
        await at.proved(receipt)
        await at.desk.resolve(await at.task(receipt, "confirm"), TaskState.NOT_FOUND, by="lea")

        await at.ended(receipt)
        kept = await at.foundation.vault.names(receipt.request_id, "files/crm/")

        assert "namesakes" in system.records
        assert not any("namesakes" in name for name in kept)


@against(Threat.MALICIOUS_DELETION)
@pytest.mark.parametrize("channel", [Channel.WEB, Channel.EMAIL, Channel.WEBHOOK])
async def test_a_deletion_that_she_never_confirms_has_no_effect(tmp_path: Path, channel: Channel) -> None:
    """Through whichever door: the code went to her, and in the end it is denied."""
    async with house(tmp_path, system := Customers(ADA)) as at:
        asked = Submission(right=Right.DELETE, person=Person(email=ADA), channel=channel)
        receipt = await at.desk.submit(asked)
        await at.code(receipt)

        closed = await at.ended(receipt, timedelta(weeks=3))

        assert closed.ending is Ending.DENIED_UNVERIFIED
        assert set(system.records) == {ADA}
        assert system.tried == set()


@against(Threat.MALICIOUS_DELETION)
async def test_codes_cannot_be_tried_until_one_fits(tmp_path: Path) -> None:
    """Five attempts at each of three codes: 15 in a million, and then none is left."""
    async with house(tmp_path, system := Customers(ADA)) as at:
        receipt = await at.submit()
        tried = 0
        for _ in range(3):
            code = await at.code(receipt)
            for guess in (f"{(int(code) + n) % 1_000_000:06}" for n in range(1, 6)):
                assert not (await at.desk.confirm(receipt.request_id, guess)).verified
                tried += 1
            with pytest.raises(Refused):
                await at.desk.confirm(receipt.request_id, code)
            if tried < 15:
                await at.desk.send_another_code(receipt.request_id)

        with pytest.raises(Refused):
            await at.desk.send_another_code(receipt.request_id)
        assert system.tried == set()


@against(Threat.MALICIOUS_DELETION)
async def test_even_with_the_code_there_is_a_hold_in_which_she_takes_it_back(tmp_path: Path) -> None:
    """Whoever took her mailbox has begun a deletion: what was withheld is put back, nothing is gone."""
    rules = policy(hold_before_erasure="PT24H")
    async with house(tmp_path, system := Customers(ADA), rules=rules) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: system.suppressed == {ADA})

        await at.cancel(receipt)
        closed = await at.ended(receipt)

        assert closed.ending is Ending.CANCELLED
        assert (set(system.records), system.suppressed, system.erased_calls) == ({ADA}, set(), 0)


@against(Threat.FORGED_AGENT)
@pytest.mark.parametrize(
    "text",
    [
        "On behalf of my client Ada Lovelace I ask you to delete all her data.",
        f"I act for {ADA}, see the attached power of attorney. Please send me a copy of all my client's personal data.",
        f"Delete all my data. My account is under {ADA}.",
    ],
)
async def test_a_mail_for_somebody_else_starts_nothing_and_nobody_is_answered(tmp_path: Path, text: str) -> None:
    """Our own people read it; to who wrote it goes nothing, and nothing is looked for."""
    async with house(tmp_path, system := Customers(ADA)) as at:
        became = await mailed(at, mail(text, f"From: {EVE}\r\n"))
        await at.until(lambda: bool(letters_to(at, LEAD)))

        assert became.startswith("mail-")
        assert await at.foundation.ledger.requests.open() == []
        assert letters_to(at, EVE) == []
        assert system.tried == set()


@against(Threat.TOO_MUCH_PROOF)
async def test_a_passport_that_nobody_asked_for_is_sealed_unopened_and_goes_with_the_request(tmp_path: Path) -> None:
    """On the disk it can be read at no time; when the request is over, the key to it is destroyed."""
    passport = b"PASSPORT-CANARY-C01X00T47"
    headers = HERS + 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n'
    text = (
        f"--b\r\nContent-Type: text/plain\r\n\r\nPlease delete all my personal data.\r\n--b\r\nContent-Type: image/jpeg"
        f"\r\nContent-Disposition: attachment; filename=passport.jpg\r\n\r\n{passport.decode()}\r\n--b--"
    )
    async with house(tmp_path, Customers(ADA)) as at:
        request_id = await mailed(at, mail(text, headers))
        (name,) = await at.foundation.vault.names(request_id, "mail/")
        sealed = await at.foundation.vault.get(request_id, name)
        joined = await at.submit()
        await at.code(joined)
        await at.cancel(joined)
        await at.ended(joined)
        await at.forget()

        assert joined.request_id == request_id
        assert passport in sealed
        assert passport not in on_disk(tmp_path)
        with pytest.raises(KeyDestroyed):
            await at.foundation.vault.get(request_id, name)


@against(Threat.TOO_MUCH_PROOF)
def test_no_word_of_ours_asks_for_an_identity_card() -> None:
    """In no letter, on no page."""
    root = Path(__file__).parents[2]
    texts = [*root.glob("activities/letter_forms/**/*.*"), *root.glob("web/templates/**/*.*")]
    asked = re.compile(r"[^.>]*(?:passport|identity card|driver's licen|driving licen|selfie|notar)[^.<]*")
    said = [path.read_text(encoding="utf-8") for path in texts if path.suffix in {".html", ".toml"}]
    sentences = [match.group() for text in said for match in asked.finditer(text)]

    assert len(said) > 20
    assert [each for each in sentences if not re.search(r"\b(?:no|not|never)\b", each)] == []
