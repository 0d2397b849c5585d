"""What never leaves is found wherever it stands; what only looks like it stays."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dsar import checksums
from dsar.forbidden import Forbidden, find, marker
from dsar.forbidden_keys import kind_of, names_an_id
from dsar.redaction import Screen


def shown(text: str) -> str:
    return Screen().text(text)


HIDDEN = [
    ("SSN: 123-45-6789", "123-45-6789", Forbidden.SSN),
    ("my ssn is 123456789.", "123456789", Forbidden.SSN),
    ("Social Security Number (SSN) 123 45 6789", "123 45 6789", Forbidden.SSN),
    ("reach me, 123-45-6789, soon", "123-45-6789", Forbidden.SSN),
    ("No.123\u201345\u20136789", "123\u201345\u20136789", Forbidden.SSN),
    ("taxpayer 912-70-1234", "912-70-1234", Forbidden.GOVERNMENT),
    ("driver's license no: D1234567", "D1234567", Forbidden.GOVERNMENT),
    ("Driver\u2019s licence number is D123-4567-8901", "D123-4567-8901", Forbidden.GOVERNMENT),
    ("DL# S99988801", "S99988801", Forbidden.GOVERNMENT),
    ("passport X1234567 expires 2027-01-01", "X1234567", Forbidden.GOVERNMENT),
    ("National ID: 850101-5678", "850101-5678", Forbidden.GOVERNMENT),
    ("National Insurance number QQ 12 34 56 C", "12 34 56", Forbidden.GOVERNMENT),
    ("4111 1111 1111 1111 12/27 123", "4111 1111 1111 1111", Forbidden.ACCOUNT),
    ("Order 12 4111-1111-1111-1111", "4111-1111-1111-1111", Forbidden.ACCOUNT),
    ("5,4111111111111111,x", "4111111111111111", Forbidden.ACCOUNT),
    ("amex 3782 822463 10005", "3782 822463 10005", Forbidden.ACCOUNT),
    ("card: 5555555555554444", "5555555555554444", Forbidden.ACCOUNT),
    ("IBAN DE44 5001 0517 5407 3249 31 ok", "DE44 5001 0517 5407 3249 31", Forbidden.ACCOUNT),
    ("gb82west12345698765432", "gb82west12345698765432", Forbidden.ACCOUNT),
    ("routing: 021000021 account number: 123456789", "123456789", Forbidden.ACCOUNT),
    ("Checking account 000123456789", "000123456789", Forbidden.ACCOUNT),
    ("cvv: 123", "123", Forbidden.ACCOUNT),
    ("sort code 12-34-56", "12-34-56", Forbidden.ACCOUNT),
    ("MRN: 00123456", "00123456", Forbidden.HEALTH),
    ("Health insurance member ID ABC12345678", "ABC12345678", Forbidden.HEALTH),
    ("medical record number 12-34567", "12-34567", Forbidden.HEALTH),
    ("Medicare number 1EG4-TE5-MK73", "1EG4-TE5-MK73", Forbidden.HEALTH),
    ("password: hunter2", "hunter2", Forbidden.PASSWORD),
    ("the password was 'foo bar'", "foo bar", Forbidden.PASSWORD),
    ("**Password:** hunter2", "hunter2", Forbidden.PASSWORD),
    ("wifi password - hunter2", "hunter2", Forbidden.PASSWORD),
    ("Password:\nhunter2", "hunter2", Forbidden.PASSWORD),
    ("Password: Password: hunter2", "hunter2", Forbidden.PASSWORD),
    ("Username/Password: bob / hunter2", "hunter2", Forbidden.PASSWORD),
    ("passphrase: correct horse battery", "correct horse battery", Forbidden.PASSWORD),
    ("PIN: 4711", "4711", Forbidden.PASSWORD),
    ("https://bob:s3cret@host.example/x", "s3cret", Forbidden.PASSWORD),
    ("Security question: first pet? Answer: Rex", "Rex", Forbidden.SECURITY_ANSWER),
    ("Security question: first pet?\nAnswer: Rex", "Rex", Forbidden.SECURITY_ANSWER),
    ("Mother's maiden name: Smith", "Smith", Forbidden.SECURITY_ANSWER),
    ('say {"password": "hunter2", "n": 1} to it', "hunter2", Forbidden.PASSWORD),
    ('{\\"password\\": \\"hunter2\\"}', "hunter2", Forbidden.PASSWORD),
    ("<td>SSN</td><td>123456789</td>", "123456789", Forbidden.SSN),
]


@pytest.mark.parametrize(("text", "value", "kind"), HIDDEN)
def test_what_is_forbidden_is_replaced_by_what_it_is(text: str, value: str, kind: Forbidden) -> None:
    """The value is gone, its kind is said, and what stands around it is still there."""
    out = shown(text)

    assert value not in out
    assert marker(kind) in out
    assert out.startswith(text[:2]) or text.startswith(value)


STAYS = [
    "Invoice INV-2026-000123 of 2026-01-20, order 114-1234567-1234567",
    "call +1 (415) 555-0100, +49 151 12345678 or 4915112345678",
    "248104cd-477e-80fd-b757-e945d38000bd and 12345678-4111-1111-1111-111111111111",
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "event_timestamp 1767225600000000, 1735689600123, 20260120083000",
    "https://www.figma.com/file/aBcD1234?node-id=1234-5678-9012 and figma user 1234567890123456789",
    "https://www.notion.so/248104cd477e80fdb757e945d38000bd",
    "client id 1234567890.1234567890, ga session 1767225600",
    "0.4111111111111111 of 3.14159265358979",
    "Passport expires 2027-01-01; bring passport photos, 4 of them",
    "The password is wrong, reset the password. Password: ********",
    "forgot password? https://app.example/reset",
    "account number: 12345678 at the gym",
    "000-12-3456, 666-12-3456, 123-00-4567, 123-45-0000, 987-66-4321",
    "4111 1111 1111 1112 has a wrong check digit, as has DE45 5001 0517 5407 3249 31",
    "192.168.100.200 v1.2.3-4567 (v2026.11.24) 12:34:56",
    "size 1024x768, 100.000.000 views, $ 1,234,567.89, 12345 Main Street, CA 94105-1234",
    "Health plan for 2026-2027; patients come first; a social event; insurance",
    "EAN 4006381333931, ISBN 978-3-16-148410-0, tracking 1Z999AA10123456784",
    "compass: 90, bypass=1, pw",
    marker(Forbidden.SSN) + ", 123456789",
]


@pytest.mark.parametrize("text", STAYS)
def test_what_only_looks_like_it_stays(text: str) -> None:
    """Orders, telephones, ids, hashes, times, versions, prices."""
    assert shown(text) == text


@given(st.integers(1, 899), st.integers(1, 99), st.integers(1, 9999), st.sampled_from(["-", "\u2013"]))
def test_every_number_that_was_given_out_is_found(area: int, group: int, serial: int, dash: str) -> None:
    """With dashes wherever it stands; without, where it is named."""
    assume(area != 666)
    number = f"{area:03}{dash}{group:02}{dash}{serial:04}"
    plain = number.replace(dash, "")

    assert number not in shown(f"text {number}, text")
    assert plain not in shown(f"ssn {plain}")
    assert shown(f"order {plain}") == f"order {plain}"


def with_check_digit(start: str, length: int, filling: int) -> str:
    body = (start + f"{filling:0{length - len(start) - 1}}")[: length - 1]
    return next(body + str(digit) for digit in range(10) if checksums.luhn(body + str(digit)))


CARDS = st.builds(
    lambda scheme, filling: with_check_digit(scheme[0], scheme[1], filling % 10 ** (scheme[1] - len(scheme[0]) - 1)),
    st.sampled_from(
        [("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16), ("3528", 16), ("36", 14)]
    ),
    st.integers(1, 10**13),
)


@given(CARDS, st.sampled_from(["", " ", "-", "."]), st.text("abc ,;\n", max_size=5))
def test_every_card_is_found(card: str, by: str, around: str) -> None:
    """In one row, or in the groups that are printed on it."""
    at = [0, 4, 10, len(card)] if len(card) < 16 else [0, 4, 8, 12, 16]
    number = by.join(card[a:b] for a, b in pairwise(at))

    assert number not in shown(f"{around} {number} {around}")


@given(CARDS, st.integers(1, 9))
def test_one_digit_wrong_is_no_card(card: str, more: int) -> None:
    """The last digit checks the others."""
    wrong = card[:-1] + str((int(card[-1]) + more) % 10)

    assert not checksums.payment_card(wrong)
    assert shown(f"number {wrong} it is") == f"number {wrong} it is"


@given(
    st.sampled_from(
        [
            "DE44500105175407324931",
            "GB82WEST12345698765432",
            "FR1420041010050500013M02606",
            "NO9386011117947",
            "CH9300762011623852957",
        ]
    ),
    st.integers(0, 6),
    st.booleans(),
)
def test_every_account_is_found_and_a_changed_one_is_not(account: str, at: int, spaced: bool) -> None:
    """Its two check digits are believed."""
    written = " ".join(account[i : i + 4] for i in range(0, len(account), 4)) if spaced else account
    digits = [i for i, char in enumerate(account) if char.isdigit()][2:]
    changed = list(account)
    changed[digits[at]] = str((int(changed[digits[at]]) + 1) % 10)

    assert written not in shown(f"pay to {written}, please")
    assert not checksums.iban("".join(changed))


@settings(max_examples=300)
@given(st.uuids())
@example(UUID("be913730-d8a7-4933-8d4d-b7d412e5b6ff"))  # begins as an account in Belgium would, check digits and all
@example(UUID("abcd4111-1111-1111-1111-abcdefabcdef"))  # holds a row of digits that is a card's
def test_uuids_stay(value: UUID) -> None:
    """As they are, and as one row of hexadecimal digits."""
    text = f"page {value} or {value.hex}"

    assert shown(text) == text


@given(st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)))  # noqa: DTZ001 - hypothesis asks for naive ones
def test_times_stay(moment: datetime) -> None:
    """In words, in seconds, in thousands and millions of a second."""
    seconds = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    text = f"{moment.isoformat()} {moment:%Y%m%d%H%M%S} {seconds} {seconds // 1000} {seconds // 10**6}"

    assert shown(text) == text


@given(st.integers(2_000_000_000, 9_899_999_999), st.sampled_from(["{}-{}-{}", "({}) {}-{}", "+1 {} {} {}", "{}{}{}"]))
def test_telephones_stay(number: int, form: str) -> None:
    """However they are written."""
    text = f"call {form.format(str(number)[:3], str(number)[3:6], str(number)[6:])} now"

    assert shown(text) == text


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400))
def test_any_text_can_be_looked_through_and_what_is_found_lies_in_it(text: str) -> None:
    """And a second time nothing more is found than the first time left."""
    hits = find(text)

    once = shown(text)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    assert (once == text) == (not hits)


KEYS: list[tuple[str, Forbidden | None]] = [
    ("ssn", Forbidden.SSN),
    ("SSN", Forbidden.SSN),
    ("socialSecurityNumber", Forbidden.SSN),
    ("Social Security No.", Forbidden.SSN),
    ("user_ssn", Forbidden.SSN),
    ("Driver's License Number", Forbidden.GOVERNMENT),
    ("passport_number", Forbidden.GOVERNMENT),
    ("passportNo", Forbidden.GOVERNMENT),
    ("taxId", Forbidden.GOVERNMENT),
    ("iban", Forbidden.ACCOUNT),
    ("bank-account-number", Forbidden.ACCOUNT),
    ("creditCard", Forbidden.ACCOUNT),
    ("card_number", Forbidden.ACCOUNT),
    ("cvv", Forbidden.ACCOUNT),
    ("mrn", Forbidden.HEALTH),
    ("health_insurance_id", Forbidden.HEALTH),
    ("password", Forbidden.PASSWORD),
    ("passwordHash", Forbidden.PASSWORD),
    ("user_password", Forbidden.PASSWORD),
    ("api_key", Forbidden.PASSWORD),
    ("clientSecret", Forbidden.PASSWORD),
    ("security_question", Forbidden.SECURITY_ANSWER),
    ("mothers_maiden_name", Forbidden.SECURITY_ANSWER),
    ("fingerprint_template", Forbidden.BIOMETRIC),
    ("faceEmbedding", Forbidden.BIOMETRIC),
    ("voice_print", Forbidden.BIOMETRIC),
    ("iris_scan", Forbidden.BIOMETRIC),
    ("fingerprint", None),
    ("device_fingerprint", None),
    ("email", None),
    ("id", None),
    ("account_id", None),
    ("pin", None),
    ("cc", None),
    ("pan", None),
    ("passenger", None),
    ("next_page_token", None),
    ("card", None),
    ("key", None),
    ("password_reset_at", None),
    ("compass", None),
    ("pass", None),
    ("", None),
    ("\u2028", None),
    ("client_id", None),
]


@pytest.mark.parametrize(("name", "kind"), KEYS)
def test_a_name_says_what_is_in_a_field(name: str, kind: Forbidden | None) -> None:
    """However its words are joined."""
    assert kind_of(name) is kind


@pytest.mark.parametrize(
    ("name", "of_a_machine"), [("order_id", True), ("eventTimestamp", True), ("id", True), ("note", False)]
)
def test_a_name_says_that_a_machine_gave_the_number(name: str, of_a_machine: bool) -> None:
    """Ids and times."""
    assert names_an_id(name) is of_a_machine


PLANTED: list[tuple[object, object]] = [
    ({"ssn": "123456789"}, {"ssn": marker(Forbidden.SSN)}),
    ({"ssn": None, "password": "", "passport": True}, {"ssn": None, "password": "", "passport": True}),
    ({"card_number": 4111111111111111}, {"card_number": marker(Forbidden.ACCOUNT)}),
    ({"n": 4111111111111111}, {"n": marker(Forbidden.ACCOUNT)}),
    ({"order_id": 4111111111111111}, {"order_id": 4111111111111111}),
    ({"a": [{"b": ["x", "SSN 123-45-6789"]}]}, {"a": [{"b": ["x", f"SSN {marker(Forbidden.SSN)}"]}]}),
    ({"face_embedding": [0.1, 0.2]}, {"face_embedding": marker(Forbidden.BIOMETRIC)}),
    ({"label": "Passport number", "value": "X1"}, {"label": "Passport number", "value": marker(Forbidden.GOVERNMENT)}),
    ({"key": "ssn", "value": {"string_value": "1"}}, {"key": "ssn", "value": marker(Forbidden.SSN)}),
    ({"key": "page_title", "value": {"string_value": "1"}}, {"key": "page_title", "value": {"string_value": "1"}}),
    ({"raw": json.dumps({"password": "x9"})}, {"raw": json.dumps({"password": marker(Forbidden.PASSWORD)})}),
    ({"raw": '{"a":  1}'}, {"raw": '{"a":  1}'}),
    ({"password: hunter2": 1}, {f"password: {marker(Forbidden.PASSWORD)}": 1}),
    (
        {"SSN": {"id": "a%3A", "type": "rich_text", "rich_text": []}},
        {"SSN": {"id": "a%3A", "type": "rich_text", "rich_text": []}},
    ),
    (float("1e300"), float("1e300")),
]


@pytest.mark.parametrize(("given_", "expected"), PLANTED)
def test_a_structure_keeps_its_shape(given_: object, expected: object) -> None:
    """Values are replaced, keys and order stay; texts that are JSON themselves are read."""
    assert Screen().value(given_) == expected


def test_a_text_that_is_nested_without_end_is_still_looked_through() -> None:
    """As a text."""
    deep = "[" * 900 + '"SSN 123-45-6789"' + "]" * 900

    assert "123-45-6789" not in Screen().value({"raw": deep})["raw"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text("abcXYZ .", max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdef_", max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(JSON, st.sampled_from([[], ["a"], ["x", "y"]]), st.booleans())
def test_a_value_is_found_however_deep_it_is(data: object, path: list[str], packed: bool) -> None:
    """And the harmless rest is what it was."""
    planted: object = {"note": "SSN 123-45-6789", "password": "hunter2", "rest": data}
    for key in path:
        planted = {key: [json.dumps(planted) if packed else planted, data]}

    out = json.dumps(Screen().value(planted))

    assert "123-45-6789" not in out
    assert "hunter2" not in out
    assert Screen().value(data) == data


def pieces(*texts: str) -> list[dict[str, object]]:
    return [
        {"plain_text": text, "text": {"content": text, "link": None}, "annotations": {"bold": True}} for text in texts
    ]


RICH: list[Callable[[], list[dict[str, object]]]] = [
    lambda: pieces("SSN 123-45", "-67", "89 is mine"),
    lambda: pieces("Password: ", "hunter2", " is mine"),
    lambda: pieces("a", "4111 1111 1111 ", "1111"),
]


@pytest.mark.parametrize("given_", RICH)
def test_rich_text_is_read_as_one_text(given_: Callable[[], list[dict[str, object]]]) -> None:
    """A label in bold and its value in plain are two pieces; a mark stands once, where the value began."""
    out = Screen().value({"rich_text": given_()})["rich_text"]

    said = "".join(part["plain_text"] for part in out)
    assert "[held, not shown: " in said
    assert not any(part in said for part in ("-45", "89 ", "hunter2", "1111"))
    assert [part["plain_text"] for part in out] == [part["text"]["content"] for part in out]
    assert len(out) == len(given_())
