"""Writes letters: one template a kind and language, from which the text and the HTML of a letter both come."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound

from activities.letter_forms.paper import as_html
from dsar.frozen import Frozen
from dsar.letters import LetterKind

FOLDER = Path(__file__).parent


class Letter(Frozen):
    """A letter without its address, in both forms. The same facts give the same letter."""

    subject: str
    text: str
    html: str

    @property
    def sha256(self) -> str:
        """The evidence of what was sent: a hash of both forms."""
        return hashlib.sha256(f"{self.subject}\n{self.text}\n{self.html}".encode()).hexdigest()


def languages() -> tuple[str, ...]:
    """The languages that there are words in."""
    return tuple(sorted(folder.name for folder in FOLDER.iterdir() if (folder / "answer.j2").exists()))


def write(kind: LetterKind | str, facts: Mapping[str, object], language: str = "en") -> Letter:
    """Fill a form in.

    Args:
        kind: which letter.
        facts: what the form names. A text that comes from a person stands there as one line of plain text.
        language: of its words; one that there are no words in is answered in English.

    Raises:
        jinja2.UndefinedError: a fact is missing: a mistake of ours.
    """
    try:
        form = _forms(language).get_template(f"{kind}.j2")
    except TemplateNotFound:
        language, form = "en", _forms("en").get_template(f"{kind}.j2")
    subject, _, text = form.render(facts).strip().partition("\n")
    subject = one_line(subject)
    text = _tidy(text)
    return Letter(subject=subject, text=text, html=as_html(subject, text, language))


def one_line(text: str) -> str:
    """Somebody's text as one line: it cannot pass for a paragraph, a list or a header of ours."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@cache
def _forms(language: str) -> Environment:
    folders = [FOLDER / name for name in dict.fromkeys((_safe(language), "en"))]
    forms = Environment(
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - the form is plain text; as_html escapes all of it
    )
    words = _WORDS.get(language, _WORDS["en"])
    forms.filters |= {"day": words.day, "records": words.records, "line": one_line}
    return forms


def _safe(language: str) -> str:
    return language if re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", language) else "en"


def _tidy(text: str) -> str:
    """Paragraphs with one empty line between them, as if they had been typed."""
    lines = [line.rstrip() for line in text.splitlines()]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return re.sub(r"(\n  - [^\n]*)\n\n(?=  - )", r"\1\n", joined) + "\n"


class _Words(Frozen):
    """How a language writes days and counts."""

    day: Callable[[date], str]
    records: Callable[[int], str]


_WORDS = {
    "en": _Words(
        day=lambda day: f"{day.day} {day:%B %Y}",
        records=lambda count: "1 record" if count == 1 else f"{count:,} records",
    )
}
"""A new language has a folder of forms, and an entry here."""
