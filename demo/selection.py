"""The part of the company that can be shown: the five systems whose vendors have a stand-in or a server here."""

import re

SYSTEMS = ("ga4", "mailchimp", "notion", "figma", "s3")
"""Where the others are, a person acts, and nobody sits there in a demo."""


def data_map(shipped: str) -> str:
    """The text of systems.toml with these systems only."""
    tables = re.split(r"(?m)^(?=\[)", shipped)
    return "".join(table for table in tables if re.match(r"\[+\w+", table) and _name(table) in SYSTEMS)


def policy(shipped: str) -> str:
    """The text of policy.toml, no category of which lives anywhere else, and which asks for no more than a code."""
    return by_code(re.sub(r"(?m)^systems = \[([^\]]*)\]", lambda found: f"systems = [{_only(found[1])}]", shipped))


def by_code(shipped: str) -> str:
    """The text of policy.toml, with a code as the only proof: most of those who ask here are known by their address."""
    levels = re.sub(r"(?m)^proof_(categories|sensitive) = .*\n", "", shipped)
    return re.sub(r'(?m)^proof = "reasonabl[^"]*".*$', 'proof = "code"', levels)


def _name(table: str) -> str:
    return table.lstrip("[").partition("]")[0].partition(".")[0]


def _only(names: str) -> str:
    return ", ".join(f'"{name}"' for name in re.findall(r'"([^"]+)"', names) if name in SYSTEMS)
