"""Every mistake of the data map beside the policy: names that the other file does not know, and systems that wait."""

from collections.abc import Iterator, Mapping
from typing import Any

from dsar.identity import Key
from dsar.policy_check import table, tables
from dsar.policy_source import Document, Mistake
from dsar.submission import Person
from dsar.toml_lines import Path

GIVEN = frozenset(Person.model_fields)
"""The identifiers that a request can bring."""

USUAL = Key.EMAIL
"""The one that a request brings as a rule: no search waits for another system to teach it."""

NAMED_BY = ("category", "default_category", "lead_category", "audience_category", "event_category")
"""The fields by which an entry, or a table in it, names a category of the policy."""

Entries = Mapping[str, Mapping[str, Any]]


def map_mistakes(policy: Document, systems: Document) -> list[Mistake]:
    """What is wrong between the two files; where one is no TOML, only what the other one says by itself."""
    entries = {name: entry for name, entry in systems.data.items() if isinstance(entry, dict)}
    found = [systems.mistake(path, says) for path, says in (*_untaught(entries), *_cycles(entries))]
    if not policy.broken and not systems.broken:
        known = table(policy.data, "categories").keys()
        found += [systems.mistake(path, says) for path, says in _unknown_categories(entries, known)]
        lives = dict(_homes(policy))
        for path, system in lives.items():
            if system not in systems.data:
                says = f"{systems.name} has no [{system}]: add it there, or correct the name"
                found.append(policy.mistake(path, says))
        for system in systems.data.keys() - lives.values():
            says = f"no category of {policy.name} lives here: name it under `systems` of those that do"
            found.append(systems.mistake((system,), says))
    return found


def _homes(policy: Document) -> Iterator[tuple[Path, str]]:
    """Where each category is said to live."""
    for name, category in tables(policy.data, "categories"):
        named = category.get("systems", [])
        for place, system in enumerate(named if isinstance(named, list) else []):
            if isinstance(system, str):
                yield ("categories", name, "systems", place), system


def _unknown_categories(within: Any, known: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The categories that an entry names, wherever in it, and the policy does not have."""
    inside = within.items() if isinstance(within, Mapping) else enumerate(within) if isinstance(within, list) else ()
    for key, value in inside:
        if key in NAMED_BY and isinstance(value, str):
            if value not in known:
                yield (*path, key), f'the policy has no [categories."{value}"]: add it there, or correct the name'
        else:
            yield from _unknown_categories(value, known, (*path, key))


def _untaught(entries: Entries) -> Iterator[tuple[Path, str]]:
    """A system that waits for what will never be known."""
    for name, entry in entries.items():
        for place, key in enumerate(_keys(entry, "needs")):
            if key in set(Key) - GIVEN and not _teachers(entries, name, key):
                yield (
                    (name, "needs", place),
                    f"no request brings a {key}, and no other system learns one: let one learn it, or take it out",
                )


def _cycles(entries: Entries) -> Iterator[tuple[Path, str]]:
    """Systems that wait for one another: with an email alone, none of them is searched as it should be."""
    stuck = _stuck(entries)
    told: set[str] = set()
    for name in stuck:
        cycle = _cycle(entries, stuck, name)
        if not cycle or told & set(cycle):
            continue
        told |= set(cycle)
        steps = [
            f"[{waits}] waits for {_lesson(entries, waits, teaches)}, which [{teaches}] learns"
            for waits, teaches in zip(cycle, (*cycle[1:], cycle[0]), strict=True)
        ]
        yield (cycle[0], "needs"), f"systems wait for one another: {'; '.join(steps)}. Take out one of these needs"


def _stuck(entries: Entries) -> list[str]:
    """The systems that can be searched neither at once nor after any that can."""
    open_now: set[str] = set()
    while True:
        more = {name for name in entries.keys() - open_now if _can_start(entries, name, open_now)}
        if not more:
            return [name for name in entries if name not in open_now]
        open_now |= more


def _can_start(entries: Entries, name: str, open_now: set[str]) -> bool:
    """Whether nothing is needed, or one of the needs is brought, or taught by one that can be searched."""
    needs = _keys(entries[name], "needs")
    for key in needs:
        teachers = _teachers(entries, name, key)
        if key == USUAL or open_now & set(teachers) or (not teachers and key in GIVEN):
            return True
    return not needs


def _cycle(entries: Entries, stuck: list[str], start: str) -> list[str]:
    """The circle that a stuck system waits in, or waits for; empty where it waits for nobody."""
    walked = [start]
    while True:
        teachers = (t for key in _keys(entries[walked[-1]], "needs") for t in _teachers(entries, walked[-1], key))
        following = next((teacher for teacher in teachers if teacher in stuck), None)
        if following is None:
            return []
        if following in walked:
            return walked[walked.index(following) :]
        walked.append(following)


def _lesson(entries: Entries, waits: str, teaches: str) -> str:
    learned = _keys(entries[teaches], "learns")
    return next(key for key in _keys(entries[waits], "needs") if key in learned)


def _teachers(entries: Entries, name: str, key: str) -> list[str]:
    return [other for other, entry in entries.items() if other != name and key in _keys(entry, "learns")]


def _keys(entry: Mapping[str, Any], field: str) -> list[str]:
    """The identifiers that a field names; what is no list of words is left to the connector to refuse."""
    named = entry.get(field, [])
    return [key for key in named if isinstance(key, str)] if isinstance(named, list) else []
