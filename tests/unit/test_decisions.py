"""The step that each right gives a record, beside deletion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.data_map import Ability
from dsar.decisions import MAY, decide
from dsar.identity import Key
from dsar.legal_holds import LegalHold, covering
from dsar.plans import Action
from dsar.policy import Category, OnDeletion
from dsar.records import Lock
from dsar.requests import Right
from dsar.wish import Detail, Wish
from tests.unit.test_plans import POLICY as PLAIN
from tests.unit.test_plans import PROVEN, TODAY, record

ERASED = {"on_deletion": OnDeletion.ERASE}
POLICY = PLAIN.model_copy(
    update={
        "categories": {
            "newsletter": Category.model_validate({**ERASED, "marketing": True, "consent": "newsletter"}),
            "pixels": Category.model_validate({**ERASED, "shared": True}),
            "diets": Category.model_validate({**ERASED, "sensitive": True}),
            "projects": Category.model_validate(ERASED),
        }
    }
)

NEEDED = {
    Action.EXPORT: Ability.EXPORT,
    Action.ERASE: Ability.ERASE,
    Action.SUPPRESS: Ability.SUPPRESS,
    Action.RESTRICT: Ability.RESTRICT,
    Action.RECTIFY: Ability.RECTIFY,
}


def planned(right: Right, category: str, wish: Wish | None = None) -> Action:
    return decide(right, record(category), PROVEN, POLICY, TODAY, wish=wish).action


@pytest.mark.parametrize(
    ("right", "category", "action"),
    [
        (Right.ACCESS, "projects", Action.EXPORT),
        (Right.PORTABILITY, "projects", Action.EXPORT),
        (Right.CORRECT, "projects", Action.RECTIFY),
        (Right.RESTRICT, "projects", Action.RESTRICT),
        (Right.OPT_OUT, "pixels", Action.SUPPRESS),
        (Right.OPT_OUT, "projects", Action.LEAVE),
        (Right.LIMIT, "diets", Action.RESTRICT),
        (Right.LIMIT, "newsletter", Action.LEAVE),
        (Right.OBJECT, "newsletter", Action.SUPPRESS),
        (Right.OBJECT, "projects", Action.DECIDE),
    ],
)
def test_each_right_is_about_its_own_records(right: Right, category: str, action: Action) -> None:
    """What is shared is opted out of, what is sensitive is limited, against marketing an objection is absolute."""
    assert planned(right, category) is action


def test_to_know_names_categories_or_copies_as_was_asked() -> None:
    """Who asks for categories gets no specific pieces."""
    assert planned(Right.KNOW, "projects", Wish(detail=Detail.CATEGORIES)) is Action.TELL
    assert planned(Right.KNOW, "projects", Wish(detail=Detail.SPECIFIC)) is Action.EXPORT


def test_a_consent_is_taken_back_for_its_own_purpose() -> None:
    """Taking back the newsletter ends what the newsletter uses, and nothing else."""
    wish = Wish(consents=("newsletter",))

    assert planned(Right.WITHDRAW, "newsletter", wish) is Action.SUPPRESS
    assert planned(Right.WITHDRAW, "projects", wish) is Action.LEAVE
    assert planned(Right.WITHDRAW, "newsletter", Wish(consents=("portfolio",))) is Action.LEAVE


@pytest.mark.parametrize("right", [Right.OPT_OUT, Right.LIMIT, Right.WITHDRAW])
def test_what_the_policy_does_not_know_is_counted_in(right: Right) -> None:
    """A record of an unknown category is taken out of use rather than used on."""
    assert planned(right, "unheard of") in {Action.SUPPRESS, Action.RESTRICT}


def test_a_legal_hold_comes_before_everything() -> None:
    """A hold keeps what would be erased, and also what another lock would let go sooner."""
    hold = LegalHold(id="hold", reason="pending litigation", category="projects")
    locked = record("projects", lock=Lock(basis="S3 object lock", until=TODAY))

    step = decide(Right.DELETE, locked, PROVEN, POLICY, TODAY, held=hold)

    assert (step.action, step.until, step.why) == (Action.RETAIN, None, "legal hold: pending litigation")


def test_a_hold_covers_only_what_it_names() -> None:
    """System, category and person each narrow a hold."""
    of_one = LegalHold(id="a", reason="r", system="crm", subject="f")

    assert covering([of_one], "crm", record(), {"f"}) == of_one
    assert covering([of_one], "crm", record(), {"g"}) is None
    assert covering([of_one], "mail", record(), {"f"}) is None
    assert covering([LegalHold(id="b", reason="r", category="diets")], "crm", record("projects"), set()) is None


@given(
    right=st.sampled_from([right for right in Right if MAY[right]]),
    category=st.sampled_from(["newsletter", "pixels", "diets", "projects", "unheard of"]),
    matched=st.sets(st.sampled_from(list(Key))),
    confirmed=st.booleans(),
)
def test_no_plan_goes_beyond_what_its_right_may_do(
    right: Right, category: str, matched: set[Key], confirmed: bool
) -> None:
    """Nobody's service changes because they used a right: every step is one that the right allows."""
    step = decide(right, record(category, matched=matched), PROVEN, POLICY, TODAY, confirmed=confirmed)

    assert step.action not in NEEDED or NEEDED[step.action] in MAY[right]
