"""What letters say, as the law asks for it: facts in, facts and words out."""

from datetime import date

import pytest
from pydantic import ValidationError

from activities.letter_forms import LetterForms
from activities.letter_forms.flowed import unflowed
from dsar import letters
from dsar.clock_rules import Effect
from dsar.letters import Head, Letter, WaitsFor
from dsar.outcomes import Result
from dsar.records import OutcomeKind
from dsar.remedies import remedies
from dsar.requests import Regime, Right
from dsar.wish import Detail
from tests.unit.letter_samples import DAY, DOWNLOAD, KEPT, POLICY, answered, head, result

FORMS = LetterForms()
US_STATES = (Regime.US_VA, Regime.US_CO, Regime.US_CT, Regime.US_TX, Regime.US_DE)


def said(letter: Letter) -> str:
    """The text of a letter as the person reads it."""
    return unflowed(FORMS.write(letter).text)


def denials(at: Head) -> list[Letter]:
    """Each way in which a request is turned down."""
    return [letters.Denial(head=at), letters.Refusal(head=at, reasons=("it repeats one of last week",))]


@pytest.mark.parametrize("right", list(Right))
def test_an_acknowledgement_says_what_was_asked_how_it_is_verified_and_when_an_answer_comes(right: Right) -> None:
    """11 CCR 7021(a), for every right."""
    text = said(letters.Acknowledgement(head=head(right), answer_by=DAY, code="123456"))

    assert "We have received a request for " in text
    assert "\n    123456\n" in text
    assert "by 19 June 2026" in text


def test_one_code_may_count_for_several_rights() -> None:
    """The letter with the code names the others; theirs point to it, and bring no code."""
    first = said(letters.Acknowledgement(head=head(), answer_by=DAY, code="123456", also=(Right.ACCESS,)))
    second = said(letters.Acknowledgement(head=head(Right.ACCESS), answer_by=DAY, shared_with="request-first"))

    assert "- a copy of your personal data" in first
    assert "the code that we sent you for the request request-first counts for this one as well" in second
    assert "123456" not in second


def test_another_code_ends_the_one_before_and_a_first_one_ends_none() -> None:
    """Nobody is told of a code that they never got."""
    another = said(letters.AnotherCode(head=head(), code="654321"))
    first = said(letters.AnotherCode(head=head(), code="654321", first=True))

    assert "The one before it no longer works:\n\n    654321\n" in another
    assert "confirm this one with a code of its own:\n\n    654321\n" in first
    assert "no longer works" not in first


def test_a_request_has_one_proof_at_most() -> None:
    """A code of its own and another's: the person would not know which one counts."""
    with pytest.raises(ValidationError, match="one of these"):
        letters.Acknowledgement(head=head(), answer_by=DAY, code="123456", shared_with="request-first")


def test_an_address_that_is_said_to_be_wrong_is_warned_and_proves_nothing() -> None:
    """11 CCR 7060(g): no code goes there, nobody is told that no proof is needed, and the old address can object."""
    text = said(letters.Acknowledgement(head=head(Right.CORRECT), answer_by=DAY, otherwise=True))

    assert "a person will ask you for proof another way" in text
    assert "If you did not ask for this, please write to hello@opensession.co at once." in text
    assert "no proof" not in text
    assert "by 19 June 2026" in text


@pytest.mark.parametrize("right", [Right.OPT_OUT, Right.LIMIT, Right.WITHDRAW])
def test_where_no_proof_is_needed_none_is_asked_for(right: Right) -> None:
    """11 CCR 7026(d): not even a click."""
    text = said(letters.Acknowledgement(head=head(right), answer_by=DAY))

    assert "we need no proof of who you are, and you need do nothing more" in text
    assert "confirm" not in text
    assert "by 19 June 2026" in text


def test_an_extension_says_why_and_until_when_and_where_to_complain() -> None:
    """Cal. Civ. Code 1798.130(a)(2)(A); PIPEDA 8(4)."""
    text = said(letters.Extension(head=head(regime=Regime.CA), reason="  many systems", answer_by=DAY))

    assert "The reason: many systems.\n" in text
    assert "by 19 June 2026" in text
    assert "Privacy Commissioner of Canada" in text


@pytest.mark.parametrize(
    ("regime", "waits_for", "effect", "words"),
    [
        (Regime.US_CA, WaitsFor.PROOF, Effect.NONE, "goes on meanwhile"),
        (Regime.UK, WaitsFor.PROOF, Effect.RESTARTS, "starts on the day that your answer comes"),
        (Regime.UK, WaitsFor.CLARIFICATION, Effect.EXCLUDES, "stands still until your answer comes"),
        (Regime.EU, WaitsFor.PROOF, Effect.PAUSES, "stands still until your answer comes"),
        (Regime.EU, WaitsFor.CLARIFICATION, Effect.NONE, "goes on meanwhile"),
        (None, WaitsFor.CLARIFICATION, Effect.PAUSES, "stands still until your answer comes"),
    ],
)
def test_that_the_clock_stands_still_is_said_only_where_the_law_stops_it(
    regime: Regime | None, waits_for: WaitsFor, effect: Effect, words: str
) -> None:
    """The letter says what the clock does, and asks what we wait for."""
    pause = letters.Pause(head=head(regime=regime), waits_for=waits_for, question="Since when?", until=DAY)

    text = said(pause)

    assert pause.effect is effect
    assert "Since when?" in text
    assert "until 19 June 2026" in text
    assert words in text


def test_a_question_changes_no_date() -> None:
    """With an answer or without, ours comes by the same day."""
    text = said(letters.Clarification(head=head(), question="Since when?", answer_by=DAY))

    assert "Since when?" in text
    assert "With your answer or without it: you will have ours by 19 June 2026." in text


def test_when_the_clock_runs_again_the_new_day_is_told() -> None:
    """The person knows until when to expect an answer."""
    assert "runs again.\n\nYou will have our answer by 19 June 2026." in said(
        letters.Resumed(head=head(), answer_by=DAY)
    )


@pytest.mark.parametrize("regime", US_STATES)
def test_a_denial_in_the_states_says_how_to_appeal_and_by_when_it_is_answered(regime: Regime) -> None:
    """Va. Code 59.1-577(C) and its sisters: 60 days, in Colorado 45; and the attorney general after that."""
    days = 45 if regime is Regime.US_CO else 60

    for letter in denials(head(regime=regime)):
        text = said(letter)

        assert "You can appeal: write to hello@opensession.co" in text
        assert f"We answer an appeal in writing within {days} days." in text
        assert "You can also complain to the " in text


@pytest.mark.parametrize("regime", [Regime.EU, Regime.UK])
def test_a_denial_in_europe_names_authority_and_court(regime: Regime) -> None:
    """GDPR 12(4)."""
    for letter in denials(head(regime=regime)):
        text = said(letter)

        assert "You can also complain to the " in text
        assert ", and you can go to court." in text
        assert "appeal" not in text


def test_an_appeal_is_answered_with_the_authority_and_no_further_appeal() -> None:
    """What is a second look itself ends with us."""
    assert remedies(Right.APPEAL, Regime.US_VA).appeal is None
    assert "the Attorney General of Virginia" in said(
        answered(Right.APPEAL, Result(decision="It stays as it is."), Regime.US_VA)
    )


def test_nothing_particular_is_said_where_the_law_is_not_known() -> None:
    """Orders of older histories name no regime: no authority, no court, no appeal is made up."""
    for letter in denials(head(regime=None)):
        assert "the data protection authority where you live" in said(letter)


def test_an_unverified_deletion_asks_about_opting_out_and_promises_nothing() -> None:
    """11 CCR 7022(g): an ask, where there is such a right; with the reason, and what was done: nothing."""
    california = said(letters.Denial(head=head(regime=Regime.US_CA)))
    europe = said(letters.Denial(head=head(regime=Regime.EU)))

    assert "Would you like us to stop selling or sharing" in california
    assert "selling or sharing" not in europe
    assert "Nothing was changed and nothing was disclosed." in california
    assert "because the proof that we asked for did not come" in california


@pytest.mark.parametrize("right", list(Right))
def test_an_unverified_request_to_know_is_pointed_to_the_policy(right: Right) -> None:
    """11 CCR 7024(b); nobody else is."""
    text = said(letters.Denial(head=head(right)))

    assert ("described in our privacy policy" in text) is (right in {Right.KNOW, Right.ACCESS, Right.PORTABILITY})


def test_a_refusal_gives_every_reason() -> None:
    """11 CCR 7022(f), 7023(f); GDPR 12(4)."""
    text = said(letters.Refusal(head=head(Right.CORRECT), reasons=("it is right as it is", "you said so yourself")))

    assert "- it is right as it is\n- you said so yourself\n" in text
    assert "You asked for the correction of your personal data." in text


def test_what_is_kept_is_told_with_its_basis_its_last_day_and_its_only_use() -> None:
    """11 CCR 7022(f): a partial denial."""
    text = said(answered(Right.DELETE, Result(tallies=(KEPT,))))

    assert "Cloud storage (S3): 1,200 records (financial records and invoices), until 31 January 2033." in text
    assert "Reason: tax and accounting law (26 CFR 1.6001-1)." in text
    assert "Used for nothing but tax returns, audits and the defence of legal claims." in text
    assert "you will be told" in text


def test_a_partial_denial_says_how_to_appeal_and_a_whole_answer_does_not() -> None:
    """In the states that have an appeal, what was not done can be appealed."""
    part = said(answered(Right.DELETE, Result(tallies=(KEPT,)), Regime.US_VA))
    whole = said(answered(Right.DELETE, result((OutcomeKind.ERASED, 1)), Regime.US_VA))

    assert "You can appeal" in part
    assert "You can appeal" not in whole


def test_a_deletion_is_told_system_by_system_as_it_was_seen() -> None:
    """Erased, ordered, refused with the reason, never reached: each is said as what it is."""
    outcome = result((OutcomeKind.ERASED, 1), (OutcomeKind.ACCEPTED, 2), (OutcomeKind.REFUSED, 3), reasons=("locked",))
    text = said(answered(Right.DELETE, outcome.model_copy(update={"unreached": ("Notion",)})))

    assert "- Mailchimp: 1 record erased.\n" in text
    assert "the deletion of 2 records is ordered and will be finished there by 1 August 2026" in text
    assert "- Mailchimp: 3 records not erased: locked.\n" in text
    assert "We could not get an answer from: Notion." in text
    assert "we keep on record" in text  # 11 CCR 7022(e)


def test_categories_are_told_with_purpose_origin_recipients_and_whether_they_are_sold() -> None:
    """Cal. Civ. Code 1798.110, 1798.115: what the policy says of what was found, and nothing of what was not."""
    found = {"cookies and tracking": 2, "financial records and invoices": 1, "contracts": 0, "unheard of": 1}

    text = said(answered(Right.KNOW, result((OutcomeKind.TOLD, 4)), detail=Detail.CATEGORIES, categories=found))

    assert "Cookies and tracking\n" in text
    assert "Financial records and invoices\n" in text
    assert "What we use it for: billing and tax." in text
    assert "Where it comes from: you, and the payment processor when you pay." in text
    assert "Who receives it: our accountant, tax authorities." in text
    assert "Shared for advertising across websites, or sold: you can opt out" in text
    assert "Kept for 26 months after it was created." in text
    assert "Contracts" not in text
    assert text.count("Neither sold, nor shared") == 1  # of what the policy does not know, nothing is claimed


def test_specific_pieces_are_a_copy_whoever_asks_for_them() -> None:
    """A request to know with a package says what the package holds, and until when it is there."""
    text = said(answered(Right.KNOW, result((OutcomeKind.EXPORTED, 3)), download=DOWNLOAD))

    assert "until 3 July 2026:\n\n    https://privacy.opensession.example/v1/downloads/abcDEF123-_\n" in text
    assert "passphrase" in text
    assert "The package holds 3 records" in text


def test_a_denied_correction_is_explained() -> None:
    """11 CCR 7023(f)."""
    text = said(answered(Right.CORRECT, result((OutcomeKind.REFUSED, 2), reasons=("the invoice says so",))))

    assert "We have not corrected your personal data. Why not, we explain here:" in text
    assert "2 records not corrected: the invoice says so." in text


@pytest.mark.parametrize(
    ("right", "act", "words"),
    [
        (Right.CORRECT, OutcomeKind.RECTIFIED, "We have corrected your personal data:"),
        (Right.OPT_OUT, OutcomeKind.SUPPRESSED, "You have opted out: we no longer sell your personal data"),
        (Right.LIMIT, OutcomeKind.RESTRICTED, "used only for what you asked us for"),
        (Right.WITHDRAW, OutcomeKind.SUPPRESSED, "What was done before, with your consent, stays lawful"),
        (Right.RESTRICT, OutcomeKind.RESTRICTED, "Before this ends, we will tell you."),
        (Right.OBJECT, OutcomeKind.SUPPRESSED, "Against direct marketing your objection is absolute"),
        (Right.PORTABILITY, OutcomeKind.EXPORTED, "in a form that machines read"),
    ],
)
def test_each_right_is_answered_in_its_own_words(right: Right, act: OutcomeKind, words: str) -> None:
    """What the law makes of the right is said where it was carried out."""
    text = said(answered(right, result((act, 2)), consents=("newsletter",)))

    assert words in text
    assert "2 records" in text
    assert ("- sending you the newsletter" in text) is (right is Right.WITHDRAW)


@pytest.mark.parametrize("right", [Right.OPT_OUT, Right.LIMIT, Right.WITHDRAW])
def test_a_right_about_some_data_claims_nothing_of_the_rest(right: Right) -> None:
    """Nothing to stop is not the same as nothing held."""
    text = said(answered(right, Result()))

    assert "hold no personal data" not in text
    assert "found n" in text


@pytest.mark.parametrize("right", [Right.APPEAL, Right.COMPLAINT])
def test_a_decision_is_told_in_its_own_words(right: Right) -> None:
    """Whatever the systems hold; it is answered by a person."""
    letter = answered(right, Result(decision="from the result"), decision="We were wrong.\n\nIt is mended.")

    assert "this is the answer:\n\nWe were wrong.\n\nIt is mended.\n" in said(letter)
    assert "hold no personal data" not in said(letter)


def test_a_restriction_is_not_lifted_in_silence() -> None:
    """GDPR 18(3): told before, and why."""
    text = said(letters.Lift(head=head(Right.RESTRICT), reason="it was checked", on=date(2026, 7, 1)))

    assert "This ends on 1 July 2026" in text
    assert "The reason: it was checked." in text


def test_recipients_are_named_on_request_where_the_law_says_so() -> None:
    """GDPR 19."""
    erased = result((OutcomeKind.ERASED, 1))

    assert "which recipients" in said(answered(Right.DELETE, erased, Regime.EU))
    assert "which recipients" not in said(answered(Right.DELETE, erased, Regime.US_CA))


def test_every_letter_to_a_person_names_controller_and_request() -> None:
    """Who writes, how to reach them, and what to name."""
    text = said(letters.Cancellation(head=head()))

    assert text.endswith(f"{POLICY.controller.name}\n{POLICY.controller.contact}\nRequest request-0123abcd\n")
