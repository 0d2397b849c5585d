"""What letters say of proof beyond a code, and of what was told in place of what was asked for."""

import pytest

from activities.letter_forms import LetterForms
from dsar import letters
from dsar.letters import Letter
from dsar.outcomes import Result
from dsar.records import OutcomeKind
from dsar.requests import Right
from dsar.wish import Detail
from tests.unit.letter_samples import DAY, answered, head, result

FORMS = LetterForms()


def said(letter: Letter) -> str:
    """A letter's text, its lines joined."""
    return " ".join(FORMS.write(letter, "en").text.split())


@pytest.mark.parametrize(("points", "declaration"), [(1, False), (2, True)])
def test_the_acknowledgement_says_how_the_request_is_verified(points: int, declaration: bool) -> None:
    """11 CCR 7021(a): what is asked after the code, and that no identity card is."""
    text = said(
        letters.Acknowledgement(head=head(), answer_by=DAY, code="123456", points=points, declaration=declaration)
    )

    assert ("one more thing that we hold" in text) is (points == 1)
    assert ("2 more things that we hold" in text) is (points == 2)
    assert ("penalty of perjury" in text) is declaration
    assert "no copy of an identity card" in text


def test_by_code_alone_it_speaks_of_nothing_else() -> None:
    """As it always did."""
    text = said(letters.Acknowledgement(head=head(), answer_by=DAY, code="123456"))

    assert "more thing" not in text
    assert "identity card" not in text


def test_what_is_told_for_another_request_of_the_same_time_counts() -> None:
    """Nobody looks for a second form."""
    text = said(letters.Acknowledgement(head=head(), answer_by=DAY, shared_with="request-first", points=1))

    assert "for the request request-first, and what you tell us on its page, counts for this one" in text


@pytest.mark.parametrize("asked", [Right.ACCESS, Right.PORTABILITY, Right.KNOW])
def test_categories_in_place_of_the_data_say_why(asked: Right) -> None:
    """What was asked for, that it was not done, and that one can ask again; found or not."""
    found = {"marketing data": 3}
    told = result((OutcomeKind.TOLD, 3))
    with_it = said(answered(Right.KNOW, told, detail=Detail.CATEGORIES, categories=found, lowered=asked))
    without = said(answered(Right.KNOW, Result(), detail=Detail.CATEGORIES, lowered=asked))

    for text in (with_it, without):
        assert "no piece of the data itself is disclosed" in text
        assert "You can ask again at any time, and prove more." in text
    assert "Marketing data" in with_it
    assert ("a copy of your personal data" in with_it) is (asked is Right.ACCESS)
