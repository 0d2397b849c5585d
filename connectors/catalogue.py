"""Which connectors there are, and how the entries of systems.toml become them."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from connectors.connector import Connector
from connectors.figma import Figma
from connectors.ga4 import GoogleAnalytics
from connectors.mailchimp import Mailchimp
from connectors.notion import Notion
from connectors.s3 import S3

KINDS: dict[str, type[Connector]] = {
    "figma": Figma,
    "ga4": GoogleAnalytics,
    "mailchimp": Mailchimp,
    "notion": Notion,
    "s3": S3,
}
"""Every kind that an entry may name."""


class BadEntry(ValueError):
    """An entry of systems.toml cannot be used. The text names entries and fields, never a value."""


def build(entries: Mapping[str, Mapping[str, object]]) -> dict[str, Connector]:
    """A connector for each entry, by the entry's name; `secret` is the credential itself by now.

    Raises `BadEntry` with every mistake of every entry, one a line: `[mailchimp] page_size: ...`.
    """
    configs: dict[str, Any] = {}
    mistakes: list[str] = []
    for name, entry in entries.items():
        kind = entry.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            mistakes.append(f"[{name}] kind: must be one of {', '.join(sorted(KINDS))}")
        elif "name" in entry:
            mistakes.append(f"[{name}] name: the entry's heading is its name")
        else:
            try:
                configs[name] = KINDS[kind].Config.model_validate({**entry, "name": name})
            except ValidationError as error:
                mistakes += [f"[{name}] {_mistake(each)}" for each in error.errors(include_input=False)]
    if mistakes:
        raise BadEntry("\n".join(mistakes))
    return {name: KINDS[config.kind](config) for name, config in configs.items()}


def _mistake(error: Mapping[str, Any]) -> str:
    """The field and what is wrong with it; of the secret not even that, as the reason could quote it."""
    field = ".".join(map(str, error["loc"])) or "the entry"
    if error["loc"][:1] == ("secret",) and error["type"] != "missing":
        return f"{field}: is no credential of this kind"
    return f"{field}: {error['msg']}"
