"""Every mistake of policy.toml in one reading, each with its line."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dsar.policy import LONGEST_COOLING_OFF, UNPROVEN, Demand, OnDeletion, OnExpiry, Policy
from dsar.policy_source import Document, Mistake, in_words, path_of
from dsar.requests import Regime, Right
from dsar.toml_lines import Path

ONLY_FOR: dict[str, tuple[Right, ...]] = {
    "proof_categories": (Right.KNOW,),
    "proof_sensitive": (Right.CORRECT, Right.DELETE),
}
"""The levels of proof that mean something to some rights only."""

MAY_NOT_WAIT = 'a person may not be made to prove who they are for this (11 CCR 7026(d), 7027): write proof = "none"'


class PolicyError(ValueError):
    """policy.toml cannot be followed as it stands: what is wrong, and where, one line for each mistake."""


def parse_policy(text: str, name: str = "policy.toml") -> Policy:
    """Read policy.toml's text.

    Raises:
        PolicyError: the text is not TOML, or says something that cannot be followed.
    """
    document = Document(name, text)
    if mistakes := policy_mistakes(document):
        raise PolicyError("\n".join(map(str, mistakes)))
    return Policy.model_validate(document.data)


def policy_mistakes(policy: Document) -> list[Mistake]:
    """What is wrong with the policy by itself, whatever the data map says."""
    if policy.broken:
        return [policy.broken]
    found = [policy.mistake(path, says) for path, says in (*_model(policy.data), *_beyond(policy.data))]
    return sorted(found, key=lambda mistake: mistake.line)


def _model(data: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """What no field can be."""
    try:
        Policy.model_validate(data)
    except ValidationError as error:
        yield from ((path_of(each), in_words(each)) for each in error.errors(include_url=False))


def _beyond(data: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """What fields cannot be beside one another: asked of the text, so that one mistake hides no other."""
    yield from _terms(table(data, "terms"))
    yield from _proofs(table(data, "rights"))
    yield from _proving(table(data, "proving"), table(data, "categories"))
    yield from _regime(table(data, "controller"), table(data, "regimes"))
    consents = table(data, "consents")
    for name, category in tables(data, "categories"):
        yield from ((("categories", name, *path), says) for path, says in _category(category, consents))


def _terms(terms: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Not the model's to refuse: what a request was begun with is followed to its end."""
    try:
        given = TypeAdapter(timedelta).validate_python(terms.get("cooling_off", timedelta(0)))
    except ValidationError:
        return
    if given > LONGEST_COOLING_OFF:
        days = LONGEST_COOLING_OFF.days
        yield ("terms", "cooling_off"), f"longer than {days} days has no effect: write at most P{days}D"


def _proofs(rights: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for right, promise in rights.items():
        if not isinstance(promise, dict):
            continue
        for field, only_for in ONLY_FOR.items():
            if field in promise and right not in only_for:
                yield ("rights", right, field), f"only for {' and '.join(only_for)}: take it out"
        for field in ("proof", *ONLY_FOR):
            level = promise.get(field, Demand.CODE if field == "proof" else None)
            if right in UNPROVEN and level in list(Demand)[1:]:
                yield ("rights", right, field), MAY_NOT_WAIT
        yield from _ordered(right, promise)


def _ordered(right: str, promise: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Less has to be proved for categories than for the data itself, and more where more harm can be done."""
    levels = list(Demand)
    proof = promise.get("proof", Demand.CODE)
    for field, sign, says in (("proof_categories", -1, "more"), ("proof_sensitive", 1, "less")):
        level = promise.get(field)
        if level in levels and proof in levels and sign * (levels.index(level) - levels.index(proof)) < 0:
            yield ("rights", right, field), f"asks for {says} than `proof` does: change one of them"


def _proving(proving: dict[str, Any], categories: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for field in ("invoices", "projects"):
        name = proving.get(field, "")
        if isinstance(name, str) and name and name not in categories:
            yield ("proving", field), f'no category is called so: add [categories."{name}"], or correct the name'


def _regime(controller: dict[str, Any], regimes: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    regime, accepted = controller.get("regime"), regimes.get("accepted", list(Regime))
    if regime in list(Regime) and isinstance(accepted, list) and regime not in accepted:
        yield ("controller", "regime"), "[regimes] does not accept it: accept it there, or name another here"


def _category(category: dict[str, Any], consents: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    if category.get("on_deletion") == OnDeletion.RETAIN and "ground" not in category:
        yield (), 'a category that is retained says who asks for it: add ground = "statute" or ground = "contract"'
    if category.get("on_expiry", OnExpiry.KEEP) != OnExpiry.KEEP and "keep" not in category:
        yield ("on_expiry",), 'nothing expires here: add `keep`, for example keep = "2 years", or take this out'
    consent = category.get("consent", "")
    if isinstance(consent, str) and consent and consent not in consents:
        yield ("consent",), f'no consent is called so: add [consents."{consent}"], or correct the name'


def table(data: dict[str, Any], name: str) -> dict[str, Any]:
    """A table of the text; empty where there is none, or something else."""
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def tables(data: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables of a table, by name; what is no table is left to the model to refuse."""
    yield from ((key, value) for key, value in table(data, name).items() if isinstance(value, dict))
