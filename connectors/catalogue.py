"""Which connectors there are, and how the entries of systems.toml become them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from connectors.azure_blob import AzureBlob
from connectors.connector import Connector, SystemConfig
from connectors.declared import Declared
from connectors.drive import GoogleDrive
from connectors.figma import Figma
from connectors.ga4 import GoogleAnalytics
from connectors.gcs import GoogleCloudStorage
from connectors.imap import Imap
from connectors.klaviyo import Klaviyo
from connectors.linkedin import LinkedIn
from connectors.mailchimp import Mailchimp
from connectors.meta import Meta
from connectors.notion import Notion
from connectors.opendsr import OpenDsr
from connectors.pace import Account, Paces, own_paces
from connectors.person import ByHand
from connectors.s3 import S3
from connectors.sprout import Sprout
from connectors.sql import Sql
from connectors.stripe import Stripe
from connectors.training_corpus import TrainingCorpus
from dsar.policy_source import in_words, path_of
from dsar.toml_lines import Path

KINDS: dict[str, type[Connector]] = {
    "azure_blob": AzureBlob,
    "declared": Declared,
    "drive": GoogleDrive,
    "figma": Figma,
    "ga4": GoogleAnalytics,
    "gcs": GoogleCloudStorage,
    "imap": Imap,
    "klaviyo": Klaviyo,
    "linkedin": LinkedIn,
    "mailchimp": Mailchimp,
    "meta": Meta,
    "notion": Notion,
    "opendsr": OpenDsr,
    "person": ByHand,
    "s3": S3,
    "sprout": Sprout,
    "sql": Sql,
    "stripe": Stripe,
    "training_corpus": TrainingCorpus,
}
"""Every kind that an entry may name."""


class BadEntry(ValueError):
    """An entry of systems.toml cannot be used. The text names entries and fields, never a value."""


def build(entries: Mapping[str, Mapping[str, object]], paces: Paces = own_paces) -> dict[str, Connector]:
    """A connector for each entry, by the entry's name; `secret` is the credential itself by now.

    `paces`: how an account's limit is shared with other processes.

    Raises `BadEntry` with every mistake of every entry, one a line: `[mailchimp] page_size: ...`.
    """
    configs, wrong = read(entries)
    if wrong:
        raise BadEntry("\n".join(f"[{name}] {_field(field)}: {says}" for (name, *field), says in wrong))
    _share(configs.values(), paces)
    return {name: KINDS[config.kind](config) for name, config in configs.items()}


def read(entries: Mapping[str, Mapping[str, object]]) -> tuple[dict[str, SystemConfig], list[tuple[Path, str]]]:
    """Each entry as its connector's `Config`, and what is wrong with the others: where, and in words."""
    configs: dict[str, SystemConfig] = {}
    wrong: list[tuple[Path, str]] = []
    for name, entry in entries.items():
        kind = entry.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            wrong.append(((name, "kind"), f"must be one of {', '.join(sorted(KINDS))}"))
        elif "name" in entry:
            wrong.append(((name, "name"), "the entry's heading is its name: take this out"))
        else:
            try:
                configs[name] = KINDS[kind].Config.model_validate({**entry, "name": name})
            except ValidationError as error:
                wrong += [((name, *path_of(each)), _says(each)) for each in error.errors(include_input=False)]
    return configs, wrong


def _share(configs: Iterable[SystemConfig], paces: Paces) -> None:
    """Give entries that reach one host with one credential one account, whose limits are the strictest of theirs."""
    alike: dict[tuple[str, str], list[SystemConfig]] = defaultdict(list)
    for config in configs:
        if config.base_url:
            alike[urlsplit(config.base_url).netloc.lower(), config.secret.get_secret_value()].append(config)
    for account, entries in alike.items():
        limits = [entry.requests_per_second for entry in entries if entry.requests_per_second]
        pace = paces("\n".join(account), min(limits)) if limits else None
        shared = Account(min(entry.max_connections for entry in entries), pace)
        for entry in entries:
            entry.sharing(shared)


def _field(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path)) or "the entry"


def _says(error: Mapping[str, Any]) -> str:
    """What is wrong with a field; of the secret only that, as the reason could quote it."""
    if error["loc"][:1] == ("secret",) and error["type"] != "missing":
        return "is no credential of this kind"
    return in_words(error)
