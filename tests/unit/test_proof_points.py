"""Data points: how what a person types is compared with what is held, what counts, and what each right demands."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.correction import Change, Field
from dsar.data_points import (
    IN_SIGNATURES,
    Point,
    agreeing,
    counted,
    entered,
    forms,
    said_in,
    tag,
    tags,
)
from dsar.policy import Demand, Promise, Proving
from dsar.policy_check import parse_policy
from dsar.proof import askable, demanded, for_categories
from dsar.requests import Regime, Right
from dsar.wish import Detail, Wish
from tests.unit.test_policy_check import POLICY, told

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("point", "held", "typed"),
    [
        (Point.PHONE, "+1 (415) 555-0134", "415 555 0134"),
        (Point.PHONE, "030 1234567", "+49 30 1234567"),
        (Point.COMPANY, "Difference Engines, Inc.", "difference engines"),
        (Point.COMPANY, "Müller GmbH & Co. KG", "MÜLLER"),
        (Point.COMPANY, "The Company Company", "the company company"),
        (Point.POSTAL_CODE, "1 Main Street, San Francisco, CA 94105, US", "94105"),
        (Point.POSTAL_CODE, "10 Downing Street, London SW1A 2AA", "sw1a2aa"),
        (Point.CUSTOMER_ID, "C-4711", " c 4711 "),
        (Point.PROJECT, "Website: relaunch (2026)", "website relaunch 2026"),
        (Point.LAST_INVOICE, "2026-05", "05/2026"),
        (Point.LAST_INVOICE, "2026-05", "May 2026"),
        (Point.LAST_INVOICE, "2026-05", "2026, 5"),
    ],
)
def test_one_value_is_known_however_it_is_written(point: Point, held: str, typed: str) -> None:
    """Spaces, marks, country codes and legal forms make no difference."""
    known = [(point, tag(KEY, point, form)) for form in forms(point, held)]

    assert agreeing(tags(KEY, {point: typed}), known) == {point}


@pytest.mark.parametrize(
    ("point", "text"),
    [
        (Point.PHONE, "555"),
        (Point.POSTAL_CODE, "San Francisco"),
        (Point.CUSTOMER_ID, "--"),
        (Point.PROJECT, "  "),
        (Point.LAST_INVOICE, "May"),
        (Point.LAST_INVOICE, "13/2026"),
        (Point.LAST_INVOICE, "2026"),
    ],
)
def test_what_can_be_no_such_thing_is_told_apart(point: Point, text: str) -> None:
    """And agrees with nothing, not even with an empty field that is held."""
    assert entered(point, text) is None
    assert agreeing(tags(KEY, {point: text}), [(point, tag(KEY, point, ""))]) == set()


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(Point), st.text(max_size=40), st.text(max_size=40))
def test_other_values_do_not_agree(point: Point, held: str, typed: str) -> None:
    """Nor does anything without the key."""
    known = [(point, tag(KEY, point, form)) for form in forms(point, held)]
    same = entered(point, typed) in forms(point, held)

    assert agreeing(tags(KEY, {point: typed}), known) == ({point} if same else set())
    assert agreeing(tags(b"x" * 32, {point: held}), known) == set()


def test_an_empty_field_looks_like_any_other() -> None:
    """The saga sees as many hashes of as many digits, whatever was left out."""
    nothing, something = tags(KEY, {}), tags(KEY, {Point.PHONE: "4155550134"})

    assert nothing.keys() == something.keys() == set(Point)
    assert {len(each) for each in (*nothing.values(), *something.values())} == {64}


def test_what_stands_in_signatures_counts_once() -> None:
    """Name and address are asked for not at all; telephone, company and postal code prove no more together than one."""
    assert counted(IN_SIGNATURES) == counted({Point.PHONE}) == 1
    assert counted({Point.PHONE, Point.CUSTOMER_ID}) == 2
    assert counted(set()) == 0
    assert not {"name", "email", "city", "address"} & {str(point) for point in Point}


def test_an_address_gives_its_postal_code_only() -> None:
    """City and street are public."""
    found = dict(said_in({Field.ADDRESS: "1 Main Street, San Francisco, CA 94105", Field.NAME: "Ada"}))

    assert found == {Point.POSTAL_CODE: "94105"}


def test_what_is_disputed_is_not_asked_for() -> None:
    """Nor what no category can tell (11 CCR 7060(g))."""
    wish = Wish(changes=(Change(field=Field.ADDRESS, value="2 Side Street, Berkeley, CA 94704"),))

    assert askable(Proving(projects="x"), wish) == (Point.CUSTOMER_ID, Point.PROJECT, Point.PHONE, Point.COMPANY)


LEVELS = (
    POLICY
    + """
[rights.know]
proof = "reasonably high"
proof_categories = "reasonable"

[rights.correct]
proof = "code"
proof_sensitive = "reasonable"

[rights.delete]
proof = "code"
proof_sensitive = "reasonable"
"""
)


def test_a_level_goes_by_right_and_by_sensitivity() -> None:
    """Categories take less than pieces; what a person is reached by takes more than their name."""
    policy = parse_policy(LEVELS)
    sensitive = parse_policy(LEVELS.replace('on_deletion = "erase"', 'on_deletion = "erase"\nsensitive = true'))

    def correcting(field: Field) -> Demand:
        return demanded(Right.CORRECT, policy, Wish(changes=(Change(field=field, value="x"),)))

    assert demanded(Right.KNOW, policy, Wish()) is Demand.REASONABLY_HIGH
    assert demanded(Right.KNOW, policy, Wish(detail=Detail.CATEGORIES)) is Demand.REASONABLE
    assert correcting(Field.PHONE) is Demand.REASONABLE
    assert correcting(Field.COMPANY) is Demand.CODE
    assert demanded(Right.DELETE, policy) is Demand.CODE
    assert demanded(Right.DELETE, sensitive) is Demand.REASONABLE
    assert demanded(Right.OPT_OUT, policy) is Demand.NONE
    assert demanded(Right.KNOW, policy, regime=Regime.EU) is Demand.CODE
    assert demanded(Right.OPT_OUT, policy, regime=Regime.EU) is Demand.NONE
    assert for_categories(policy) is Demand.REASONABLE
    assert for_categories(policy.model_copy(update={"rights": {Right.KNOW: Promise()}})) is Demand.REASONABLE


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('[rights.access]\nproof = "sure"', "policy.toml:15: [rights.access] proof: must be 'none', 'code', "),
        ('[rights.access]\nproof_sensitive = "code"', "[rights.access] proof_sensitive: only for correct and delete"),
        ('[rights.delete]\nproof_categories = "code"', "[rights.delete] proof_categories: only for know: take it out"),
        ('[rights.know]\nproof_categories = "reasonable"', "proof_categories: asks for more than `proof`"),
        ('[rights.delete]\nproof = "reasonable"\nproof_sensitive = "code"', "proof_sensitive: asks for less"),
        ('[rights.opt-out]\nproof = "reasonable"', "[rights.opt-out] proof: a person may not be made to prove"),
        ('[proving]\ninvoices = "bills"', "policy.toml:15: [proving] invoices: no category is called so"),
        ("[proving]\nattempts = 0", "policy.toml:15: [proving] attempts: "),
        ('[proving]\npoints = ["name"]', "policy.toml:15: [proving] points.0: must be 'customer_id', "),
    ],
)  # fmt: skip
def test_a_mistake_in_the_levels_is_named_with_its_line(lines: str, says: str) -> None:
    """As every other."""
    assert [each for each in told(POLICY + lines) if says in each] != []


def test_a_code_is_what_is_asked_where_no_level_is_given() -> None:
    """As before there were levels."""
    assert demanded(Right.ACCESS, parse_policy(POLICY + "[rights.access]")) is Demand.CODE


def test_each_level_takes_one_point_more() -> None:
    """And only the highest is signed for."""
    assert [level.points for level in Demand] == [0, 1, 2, 3]
    assert [level.beyond_code for level in Demand] == [0, 0, 1, 2]
    assert [level for level in Demand if level.declared] == [Demand.REASONABLY_HIGH]
