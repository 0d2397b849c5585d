"""The entries of systems.toml as the environment completes them: credentials fetched, addresses replaced."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dsar.policy_source import Document, Mistake

Entries = dict[str, dict[str, Any]]


def resolved(document: Document, environ: Mapping[str, str]) -> tuple[Entries, list[Mistake]]:
    """Each entry with its credential itself, and what is missing for that.

    `HABEAS_<SYSTEM>_<FIELD>_URL` gives a system another address; an entry without a `secret` is left without.
    """
    entries: Entries = {}
    mistakes = [document.broken] if document.broken else []
    addresses = _addresses(document.data, environ)
    for name, entry in document.data.items():
        if not isinstance(entry, dict):
            mistakes.append(document.mistake((name,), f"must be a table: [{name}]"))
            continue
        entries[name] = {**entry, **addresses[name]}
        if "secret" in entry:
            credential, wrong = referenced(str(entry["secret"]), environ)
            if wrong:
                mistakes.append(document.mistake((name, "secret"), wrong))
            entries[name]["secret"] = credential
    return entries, mistakes


def referenced(reference: str, environ: Mapping[str, str]) -> tuple[str | None, str]:
    """The credential that a reference names, or what is wrong with the reference."""
    source, _, where = reference.partition(":")
    match source:
        case "env" if where in environ:
            return environ[where], ""
        case "env":
            return None, f"{where} is not set in the environment"
        case "file" if Path(where).is_file():
            return Path(where).read_text(encoding="utf-8").strip(), ""
        case "file":
            return None, f"there is no file {where}"
        case _:
            return None, 'write "env:NAME" or "file:PATH", never the secret itself'


def _addresses(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The addresses that the environment gives to each system, by field.

    Of two systems, one of whose names begins with the other's, the longer one is meant.
    """
    found: dict[str, dict[str, str]] = {name: {} for name in names}
    for variable in environ:
        if variable.startswith("HABEAS_") and variable.endswith("_URL") and environ[variable]:
            for name in sorted(found, key=len, reverse=True):
                field = variable.removeprefix(f"HABEAS_{name.upper()}_").lower()
                if field != variable.lower() and field.endswith("_url"):
                    found[name][field] = environ[variable]
                    break
    return found
