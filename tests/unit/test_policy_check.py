"""Every mistake of policy.toml and systems.toml is found in one reading, and named with its line."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.map_check import map_mistakes
from dsar.policy import Demand, Policy, Promise
from dsar.policy_check import PolicyError, parse_policy, policy_mistakes
from dsar.policy_source import Document
from dsar.proof import demanded
from dsar.requests import Right

SHIPPED = Path("policy.toml").read_text(encoding="utf-8")
LINES = SHIPPED.splitlines()
NAMED = re.compile(r"policy\.toml:(\d+): ")

POLICY = """\
[controller]
name = "A"
contact = "a@example.com"
zone = "Europe/Berlin"
regime = "eu"

[terms.people]
privacy_lead = "l@example.com"
deputy = "d@example.com"

[categories."letters"]
on_deletion = "erase"
systems = ["one", "two"]
"""


def told(policy: str, systems: str = "") -> list[str]:
    """Every mistake of both, as they are printed; without a data map, of the policy alone."""
    document = Document("policy.toml", policy)
    found = policy_mistakes(document)
    if systems:
        found += map_mistakes(document, Document("systems.toml", systems))
    return [str(mistake) for mistake in found]


def with_(*lines: str) -> str:
    """The small policy with more lines in its category."""
    return POLICY + "\n".join(lines)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (POLICY.replace("[terms.people]", "[terms.people"), "policy.toml:7: this is not valid TOML: "),
        (POLICY + 'x = """', "policy.toml:14: this is not valid TOML: "),
        (POLICY + "on_deletion = 1", "policy.toml:14: this is not valid TOML: Cannot overwrite a value"),
        (with_('kept = "7 years"'), 'policy.toml:14: [categories."letters"] kept: there is no such field'),
        (with_("", "[retention]"), "policy.toml:15: [retention]: there is no such field"),
        (with_('keep = "-7 years"'), 'policy.toml:14: [categories."letters"] keep: a period cannot be negative'),
        (with_('keep = "a while"'), 'policy.toml:14: [categories."letters"] keep: a period is written "7 years"'),
        (with_('consent = "news"'), 'policy.toml:14: [categories."letters"] consent: no consent is called so: '),
        (with_('on_expiry = "erase"'), 'policy.toml:14: [categories."letters"] on_expiry: nothing expires here'),
        (with_("", "[terms]", 'link_valid = "-P1D"'), "policy.toml:16: [terms] link_valid: must not be negative"),
        (with_("", "[terms]", 'recheck_correction = "-P1D"'), "[terms] recheck_correction: must not be negative"),
        (with_("", "[terms]", "warn_days_left = [", "  7,", "  -1,", "]"), "policy.toml:18: [terms] warn_days_left.1"),
        (with_("", "[rights.opt-uot]"), "policy.toml:15: [rights.opt-uot]: must be 'know', "),
        (with_("", "[rights.opt-out]", 'proof = "code"'), "policy.toml:16: [rights.opt-out] proof: a person"),
        (with_("", "[rights.limit]"), "policy.toml:15: [rights.limit] proof: a person"),
        (with_("", "[regimes]", 'accepted = ["uk"]'), "policy.toml:5: [controller] regime: [regimes] does not"),
        (POLICY.replace("Europe/Berlin", "Mars/Base"), "policy.toml:4: [controller] zone: no zone is called"),
        (POLICY.replace('name = "A"\n', ""), "policy.toml:1: [controller] name: is missing"),
        (POLICY.replace('regime = "eu"', 'regime = "mars"'), "policy.toml:5: [controller] regime: must be 'us-ca', "),
        ("", "policy.toml:1: [categories]: is missing"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(policy: str, words: str) -> None:
    """File, line, table and key, and what to do."""
    assert [line for line in told(policy) if words in line] != []


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (('ground = "statute"', 'basis = "a law"'), "keep: a category that is retained needs `keep`"),
        (('ground = "statute"', 'keep = "7 years"'), "basis: a category that is retained needs `basis`"),
        (('keep = "7 years"', 'basis = "a law"'), ": a category that is retained says who asks for it"),
        (('keep = "7 years"', 'basis = "us"', 'ground = "business_choice"'), "ground: the company's own choice is no"),
        (('keep = "7 years"', 'basis = " "', 'ground = "contract"'), "basis: a category that is retained needs"),
    ],
)
def test_a_lock_needs_its_law(lines: tuple[str, ...], words: str) -> None:
    """What a person wants deleted is kept for a statute or a contract, by its article, and for so long; or not."""
    (mistake,) = told(POLICY.replace('"erase"', '"retain"') + "\n".join(lines))

    assert words in mistake
    assert '[categories."letters"]' in mistake


def test_no_mistake_hides_another() -> None:
    """A policy with one of each kind is told all of them at once, in the order of the file."""
    spoiled = POLICY.replace("Europe/Berlin", "Mars/Base").replace('"erase"', '"retain"')
    spoiled += 'keep = "-7 years"\nconsent = "news"\nfoo = 1\n[terms]\ncodes = 0\n[rights.limit]\nproof = "code"\n'

    mistakes = told(spoiled)

    places = [mistake.partition(": ")[2].partition(": ")[0] for mistake in mistakes]
    category = '[categories."letters"]'
    assert places == [
        "[controller] zone", f"{category} basis", category, f"{category} keep", f"{category} consent",
        f"{category} foo", "[terms] codes", "[rights.limit] proof",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("systems", "words"),
    [
        ("[one]\n[two]\n[three]", ["systems.toml:3: [three]: no category of policy.toml lives here"]),
        ("[one]", ['policy.toml:13: [categories."letters"] systems.1: systems.toml has no [two]']),
        (
            '[one]\ndefault_category = "x"\n[[one.rules]]\ncategory = "letters"\n[[one.rules]]\ncategory = "y"\n[two]',
            [
                'systems.toml:2: [one] default_category: the policy has no [categories."x"]',
                'systems.toml:6: [[one.rules]] category: the policy has no [categories."y"]',
            ],
        ),
        (
            '[one]\nneeds = ["figma_user_id"]\nlearns = ["figma_user_id"]\n[two]',
            ["systems.toml:2: [one] needs.0: no request brings a figma_user_id, and no other system learns one"],
        ),
        (
            '[one]\nneeds = ["client_id"]\nlearns = ["user_id"]\n[two]\nneeds = ["user_id"]\nlearns = ["client_id"]',
            ["systems.toml:2: [one] needs: systems wait for one another: [one] waits for client_id, which [two]"],
        ),
        ('[one]\nneeds = ["client_id"]\n[two]\nlearns = ["client_id"]', []),
        ('[one]\nneeds = ["client_id", "email"]\nlearns = ["email"]\n[two]\nlearns=["client_id"]\nneeds=["email"]', []),
        ('[one]\nneeds = ["customer_id"]\nlearns = ["customer_id"]\n[two]', []),
    ],
)  # fmt: skip
def test_both_files_are_held_against_each_other(systems: str, words: list[str]) -> None:
    """A name that the other file lacks, a system that nothing is said of, and systems that wait in a circle."""
    mistakes = told(POLICY, systems)

    assert [mistake[: len(expected)] for mistake, expected in zip(mistakes, words, strict=True)] == words


def test_a_circle_is_told_once_and_who_waits_for_it_is_not_blamed() -> None:
    """Three wait for one another, and a fourth for them."""
    chain = {"one": ("two", "client_id"), "two": ("three", "customer_id"), "three": ("one", "user_id")}
    learns = {"one": "user_id", "two": "client_id", "three": "customer_id"}
    text = "".join(f'[{n}]\nneeds = ["{key}"]\nlearns = ["{learns[n]}"]\n' for n, (_, key) in chain.items())
    document = Document("systems.toml", f'[late]\nneeds = ["user_id"]\n{text}')

    circles = [m for m in map_mistakes(Document("policy.toml", "[x"), document) if "one another" in str(m)]

    assert len(circles) == 1
    assert circles[0].line == 4
    assert "[late]" not in str(circles[0])


def test_a_policy_that_cannot_be_followed_is_not_followed() -> None:
    """Every line of the refusal names the file and a line."""
    with pytest.raises(PolicyError) as refused:
        parse_policy(POLICY.replace('"eu"', '"mars"') + "foo = 1", "elsewhere/policy.toml")

    assert [line.rpartition(": ")[0].partition(": ")[0] for line in str(refused.value).splitlines()] == [
        "elsewhere/policy.toml:5",
        "elsewhere/policy.toml:14",
    ]


def test_the_shipped_policy_is_whole() -> None:
    """Every category of the company's promises, every right, and each consent that a category rests on."""
    policy = parse_policy(SHIPPED)

    assert set(policy.rights) == set(Right)
    assert policy.non_discrimination is not None
    assert len(policy.categories) >= 11
    assert {c.consent for c in policy.categories.values() if c.consent} <= policy.consents.keys()


@pytest.mark.parametrize("right", [Right.OPT_OUT, Right.LIMIT])
def test_what_may_not_wait_for_proof_never_does(right: Right) -> None:
    """Not even by a policy that was pinned before this was checked."""
    pinned = Policy.model_validate(tomllib.loads(POLICY)).model_copy(update={"rights": {right: Promise()}})

    assert demanded(right, pinned) is Demand.NONE
    assert demanded(Right.DELETE, pinned) is Demand.CODE


# Any shipped line spoiled: a value of another kind, a key of another name, a line too much.

KEYED = [n for n, line in enumerate(LINES) if re.match(r"[a-z_]+ = ", line)]
HEADED = [n for n, line in enumerate(LINES) if line.startswith("[")]


def renamed(n: int, word: str) -> str:
    """A key that no table has."""
    return "\n".join([*LINES[:n], f"x_{word}{LINES[n]}", *LINES[n + 1 :]])


def retyped(n: int, word: str) -> str:
    """A value that no field takes."""
    return "\n".join([*LINES[:n], f"{LINES[n].partition(' = ')[0]} = {{ x_{word} = [{len(word)}] }}", *LINES[n + 1 :]])


def broken(n: int, word: str) -> str:
    """No TOML."""
    return "\n".join([*LINES[:n], f"[{word}", *LINES[n:]])


@settings(deadline=None)
@given(
    spoil=st.sampled_from([renamed, retyped, broken]),
    n=st.sampled_from(KEYED),
    word=st.text("abcdefgh", min_size=1, max_size=6),
)
def test_any_spoiled_line_is_refused_with_a_line_inside_of_the_file(
    spoil: Callable[[int, str], str], n: int, word: str
) -> None:
    """And one of those named is the spoiled line itself."""
    text = spoil(n, word)

    with pytest.raises(PolicyError) as refused:
        parse_policy(text)

    lines = [NAMED.match(mistake) for mistake in str(refused.value).splitlines()]
    assert all(lines)
    named = {int(found[1]) for found in lines if found}
    assert named <= set(range(1, len(text.splitlines()) + 1))
    assert n + 1 in named


@settings(deadline=None)
@given(n=st.sampled_from(HEADED), word=st.text("abcdefgh", min_size=1, max_size=6))
def test_a_field_that_no_table_has_is_refused_where_it_stands(n: int, word: str) -> None:
    """Under any heading."""
    text = "\n".join([*LINES[: n + 1], f"x_{word} = 1", *LINES[n + 1 :]])

    with pytest.raises(PolicyError) as refused:
        parse_policy(text)

    assert f"policy.toml:{n + 2}: " in str(refused.value)
