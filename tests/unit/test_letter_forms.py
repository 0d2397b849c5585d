"""The forms: one source for two parts, inert whatever stands in them, whole in every language."""

import re
import shutil
from collections import Counter
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.letter_forms import DEFAULT, LetterForms
from activities.letter_forms.flowed import WIDTH, flowed, unflowed
from activities.letter_forms.forms import FOLDER
from activities.letter_forms.language import Language
from activities.letter_forms.plain import TAGS
from dsar import letters
from dsar.letters import FORMS, Letter
from dsar.records import OutcomeKind
from dsar.requests import Regime, Right
from tests.unit.letter_samples import PUBLIC_URL, all_letters, answered, head, of_answers, result, to_person, to_staff

ALL = LetterForms()
FRAMES = {"frame", "staff", "answer", "words"}
"""What a language has beside its letters."""
MARKED = '<script>alert(1)</script><img src="https://evil.example/x.png">&amp;"\'--></title>'

EACH = [pytest.param(letter, id=f"{number}-{letter.form}") for number, letter in enumerate(all_letters())]


def main_of(html: str) -> str:
    (main,) = re.findall(r"(?s)<main>(.*)</main>", html)
    return str(main)


def words_of(html: str) -> list[str]:
    """The words of the HTML part but its heading, read by other means than the text part is made by."""
    main = re.sub(r"(?s)<h1>.*?</h1>", "", main_of(html))
    main = re.sub(r'<a href="([^"]*)">[^<]*</a>', r"\1", main)
    return unescape(re.sub(r"<[^>]*>", " ", main.replace("<strong>", "").replace("</strong>", ""))).split()


@pytest.mark.parametrize("language", ALL.languages)
def test_every_language_has_every_letter(language: str) -> None:
    """None is missing, and none is there that nobody sends."""
    there = {path.stem for path in (FOLDER / language).glob("*.html")}

    assert ALL.missing(language) == ()
    assert there == {*FORMS, *FRAMES}


@pytest.mark.parametrize("language", ALL.languages)
@pytest.mark.parametrize("regime", [*Regime, None])
def test_every_letter_can_be_written_under_every_law(language: str, regime: Regime | None) -> None:
    """A form that stumbles over a right or a regime would be found by the person who waits for it."""
    written = [ALL.write(letter, language) for right in Right for letter in to_person(right, regime)]
    written += [ALL.write(letter, language, pass_on=True) for letter in of_answers(regime)]

    assert all(each.subject and each.text and each.html for each in written)


def test_a_language_is_one_folder(tmp_path: Path) -> None:
    """Copied and translated, it writes its own dates; what is not translated yet is reported."""
    shutil.copytree(FOLDER, tmp_path / "forms")
    german = tmp_path / "forms" / "de"
    shutil.copytree(FOLDER / "en", german)
    toml = (german / "language.toml").read_text(encoding="utf-8")
    toml = toml.replace('"{day} {month} {year}"', '"{day}. {month} {year}"').replace('","', '"."').replace("ne", "ni")
    (german / "language.toml").write_text(toml, encoding="utf-8")
    (german / "code.html").unlink()
    forms = LetterForms(tmp_path / "forms")

    resumed = forms.write(letters.Resumed(head=head(), answer_by=date(2026, 6, 19)), "de-AT")
    released = forms.write(letters.Release(head=head(), records=1_200), "de")

    assert forms.languages == ("de", "en")
    assert forms.missing("de") == ("code",)
    assert "19. Juni 2026" in resumed.text
    assert "1.200" in released.text
    assert '<html lang="de" dir="ltr">' in resumed.html


def test_a_language_that_we_do_not_have_is_english() -> None:
    """A letter that has to go out goes out."""
    letter = letters.Cancellation(head=head())

    assert ALL.write(letter, "tlh") == ALL.write(letter, DEFAULT)
    assert ALL.write(letter, "en_GB") == ALL.write(letter, DEFAULT)


def test_a_language_says_how_it_writes_dates_and_numbers() -> None:
    """By name or by number of the month, with its own mark between thousands."""
    months = tuple(f"month{number}" for number in range(1, 13))
    numbered = Language(code="x", direction="rtl", day="{year}/{number}/{day}", months=months, thousands=" ")

    assert numbered.date(date(2026, 6, 19)) == "2026/6/19"
    assert numbered.number(1_234_567) == "1 234 567"


@pytest.mark.parametrize("letter", EACH)
def test_both_parts_say_the_same(letter: Letter) -> None:
    """Every word of the one is in the other, as often; the heading is the subject."""
    written = ALL.write(letter)
    text = re.sub(r"(?m)^(-+$|- )", "", unflowed(written.text))

    assert Counter(words_of(written.html)) == Counter(text.split())
    assert f"<h1>{written.subject}</h1>" in written.html


@pytest.mark.parametrize("letter", EACH)
def test_a_letter_is_readable_by_everybody_and_calls_nobody(letter: Letter) -> None:
    """Its language is named, it has one heading and a width; nothing is fetched, and links lead to us alone."""
    html = ALL.write(letter).html

    assert '<html lang="en"' in html
    assert html.count("<h1>") == 1
    assert "width=device-width" in html
    assert "prefers-color-scheme: dark" in html
    assert not re.search(
        r"(?i)\b(src|srcset|background|action)=|url\(|@import|<(img|script|iframe|object|form|link)\b", html
    )
    assert all(link.startswith(f"{PUBLIC_URL}/") for link in re.findall(r'href="([^"]*)"', html))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.html")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_forms_use_only_what_the_text_part_can_say(path: Path) -> None:
    """A table or a picture would be missing from the text."""
    assert set(re.findall(r"<([a-z]\w*)", path.read_text(encoding="utf-8"))) <= TAGS


def with_value(value: str) -> list[Letter]:
    """Letters in which a text of somebody's stands wherever one can."""
    at = head().model_copy(update={"controller": head().controller.model_copy(update={"name": value})})
    day = date(2026, 6, 19)
    return [
        letters.Refusal(head=at, reasons=(value, "second")),
        letters.Extension(head=at, reason=value, answer_by=day),
        letters.Clarification(head=at, question=value, answer_by=day),
        letters.Pause(head=at, waits_for=letters.WaitsFor.PROOF, question=value),
        letters.Lift(head=at, reason=value),
        answered(Right.APPEAL, result(), decision=value),
        answered(Right.DELETE, result((OutcomeKind.REFUSED, 1), reasons=(value,))),
        letters.TaskOpened(request_id="request-1", task_id="request-1.1", title=value, due=day),
        letters.Proposal(request_id="sweep-1", system=value, records={value: 1}),
    ]


@pytest.mark.parametrize("letter", with_value(MARKED), ids=lambda letter: letter.form)
def test_marks_in_a_value_are_text(letter: Letter) -> None:
    """A reason may hold HTML: it is shown, never obeyed, in both parts."""
    written = ALL.write(letter)

    assert "<script" not in written.html
    assert "<img" not in written.html
    assert MARKED in unflowed(written.text)
    assert set(re.findall(r"<([a-z]\w*)", main_of(written.html))) <= TAGS


def test_a_value_cannot_look_like_a_part_of_the_letter() -> None:
    """No line of its own, so no code, link or heading of its own; no character that a terminal or a screen obeys."""
    forged = "a\r\n\r\n    999999\r\nBcc: x@example.com\x1b[2J\x00\u202eb"

    for letter in with_value(forged):
        written = ALL.write(letter)

        assert "\n" not in written.subject
        assert "\n    999999" not in written.text
        assert not set(written.text) & set("\r\x1b\x00\u202e")
        assert not set(written.html) & set("\r\x1b\x00\u202e")


@given(st.text(min_size=1, max_size=200))
def test_no_text_changes_the_shape_of_a_letter(value: str) -> None:
    """Whatever a person writes, there are as many paragraphs and points as the form has, and one subject."""
    plain = ALL.write(letters.Refusal(head=head(), reasons=("plain", "second")))

    written = ALL.write(letters.Refusal(head=head(), reasons=(value, "second")))

    assert written.subject == plain.subject
    assert re.findall(r"</?[a-z]\w*", written.html) == re.findall(r"</?[a-z]\w*", plain.html)
    assert unflowed(written.text).count("\n") == unflowed(plain.text).count("\n")


def test_no_letter_to_our_own_people_has_room_for_personal_data() -> None:
    """Ids, titles, counts and days: no address, no name, no instructions, no greeting."""
    allowed = {"request_id", "right", "alarm", "due", "safe", "task_id", "title", "system"}
    allowed |= {"records", "reminder", "page"}  # an address of ours, with the id

    for letter in to_staff():
        written = ALL.write(letter)

        assert set(type(letter).model_fields) <= allowed
        assert "@" not in written.text
        assert "mail is no place" in unflowed(written.text)


def test_what_is_passed_on_says_so_first() -> None:
    """In subject and text, and the letter itself is the same."""
    letter = letters.Denial(head=head())

    passed, sent = ALL.write(letter, pass_on=True), ALL.write(letter)

    assert passed.subject == f"[Pass on] {sent.subject}"
    assert unflowed(passed.text).startswith("There is no address on file for this request. Pass this on")
    assert unflowed(passed.text).endswith(unflowed(sent.text))


def test_the_hash_is_of_all_that_is_read() -> None:
    """One word less in any part, and it is another letter."""
    written = ALL.write(letters.Cancellation(head=head()))

    changed = [written.model_copy(update={part: "x"}) for part in ("subject", "text", "html")]

    assert len({each.sha256 for each in (written, *changed)}) == 4
    assert ALL.write(letters.Cancellation(head=head())).sha256 == written.sha256


@pytest.mark.parametrize("letter", EACH)
def test_no_line_is_longer_than_a_screen(letter: Letter) -> None:
    """But what is to be copied stays on one line."""
    lines = ALL.write(letter).text.split("\n")

    assert [line for line in lines if len(line) > WIDTH and not line.startswith("    ")] == []


@given(st.lists(st.text(alphabet=st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1), max_size=60))
def test_what_is_wrapped_is_read_whole(words: list[str]) -> None:
    """A mail client joins what was wrapped: nothing is lost, nothing is added."""
    paragraph = " ".join(["Dear", *words])
    text = f"{paragraph}\n\n    123456\n\nFrom now on: {paragraph}\n> {paragraph}\n"

    assert unflowed(flowed(text)) == text
