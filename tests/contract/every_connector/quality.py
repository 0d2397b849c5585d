"""What a connector's code and rigs show of the rules of its page."""

import re
from collections.abc import Iterator
from pathlib import Path

from connectors.catalogue import KINDS
from connectors.connector import Ability, Connector
from connectors.quality_page import EVIDENCED, RULES
from tests.contract.acts import discovered
from tests.contract.every_connector.refusals import DENIED
from tests.contract.rig import Fault, Rig, exempt, impossible

ROOT = Path(__file__).parents[3]

METHODS = {
    "exports": Ability.EXPORT,
    "erases-and-looks-again": Ability.ERASE,
    "suppresses": Ability.SUPPRESS,
    "restricts": Ability.RESTRICT,
    "corrects": Ability.RECTIFY,
    "walks": Ability.WALK,
}
"""The rules that are an ability."""

SAID = {"says-accepted-when-accepted": "OutcomeKind.ACCEPTED", "locks-respected": "OutcomeKind.RETAINED"}
"""The rules that are an outcome."""

SUITE = {
    "finds-by-every-key": {
        "test_locate_finds_the_persons_records_and_nobody_elses",
        "test_an_address_is_the_same_however_it_is_written",
        "test_among_five_hundred_people_each_is_found_whole_and_alone",
    },
    "pages-followed": {"test_every_page_is_followed"},
    "exports": {"test_export_gives_the_persons_records_and_nothing_of_others"},
    "erases-and-looks-again": {
        "test_erase_removes_or_says_why_not",
        "test_asking_again_after_the_erasure_finds_nothing",
    },
    "suppresses": {"test_what_is_withheld_is_put_back_exactly"},
    "restricts": {"test_what_is_withheld_is_put_back_exactly"},
    "corrects": {"test_what_is_corrected_says_so_and_can_be_put_back_exactly"},
    "walks": {"test_a_walk_meets_every_record_once_and_says_whose_it_is"},
    "idempotent": {
        "test_erasing_twice_is_erasing_once",
        "test_an_erasure_that_was_killed_is_completed_by_repeating_it",
    },
    "auth-failure-told": {"test_a_vendor_that_denies_access_needs_a_person"},
    "canaries": {"test_personal_data_is_in_no_log_and_no_error", "test_record_ids_name_nobody"},
}
"""The tests of the suite that a rule rests on: a rig that is exempt from one does not show the rule."""


def rigs(kind: str) -> list[Rig]:
    """The rigs of a kind, its own first."""
    longest = {
        name: max((each for each in KINDS if f"{name}_".startswith(f"{each}_")), key=len, default="")
        for name in discovered()
    }
    return [discovered()[name]() for name in sorted(longest) if longest[name] == kind]


def shown(kind: str) -> dict[str, bool]:
    """Whether each rule is kept, as far as code and rigs tell; a rule that is not in it, only a person can tell."""
    connector, own = KINDS[kind], rigs(kind)[0]
    can = connector.can if isinstance(connector.can, frozenset) else _possible(connector)
    found = dict.fromkeys(RULES.keys() - EVIDENCED - {"retry-after"}, True)
    found |= {rule: ability in can for rule, ability in METHODS.items()}
    found |= {rule: word in sources(kind) for rule, word in SAID.items()}
    found["erases-and-looks-again"] &= not own.lossy
    found["streams-files"] = connector.open is not Connector.open
    found["paced"] = connector.Config.model_fields["requests_per_second"].default is not None
    found["auth-failure-told"] = any(not impossible(rig) & set(DENIED) for rig in rigs(kind))
    if any(Fault.RATE_LIMIT not in impossible(rig) for rig in rigs(kind)):
        found["retry-after"] = True
    elif Fault.RATE_LIMIT_WITHOUT_HINT in impossible(own):
        found["retry-after"] = False
    return found | {rule: found[rule] and not tests & exempt(own).keys() for rule, tests in SUITE.items()}


def draft(kind: str) -> str:
    """A page to begin with: what the code shows, and a question wherever a person has to say why."""
    kept = shown(kind)
    done = [rule for rule in RULES if kept.get(rule)]
    lines = ["done = [", *(f'    "{rule}",' for rule in done), "]", "", "[evidence]", "", "[exempt]"]
    return "\n".join([*lines, *(f'{rule} = "?"' for rule in RULES if rule not in done)]) + "\n"


def sources(kind: str) -> str:
    """All code of a kind: its module, and those of connectors/ that it imports."""
    return "\n".join(_sources(kind, set()))


def _sources(module: str, seen: set[str]) -> Iterator[str]:
    file = ROOT / "connectors" / f"{module}.py"
    if module in seen | {"connector", "http"} or not file.is_file():
        return
    seen.add(module)
    text = file.read_text(encoding="utf-8")
    yield text
    for other in re.findall(r"^from connectors\.(\w+) import", text, re.MULTILINE):
        yield from _sources(other, seen)


def _possible(connector: type[Connector]) -> frozenset[Ability]:
    """What some entry of the kind can do: what is written at all."""
    return frozenset(each for each in Ability if getattr(connector, each) is not getattr(Connector, each)) - _unwritten(
        connector
    )


def _unwritten(connector: type[Connector]) -> frozenset[Ability]:
    return frozenset({Ability.RECTIFY}) if connector.values is Connector.values else frozenset()
