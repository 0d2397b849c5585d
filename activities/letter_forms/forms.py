"""From the facts of a letter to its two parts, in a language."""

import hashlib
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from activities.letter_forms.flowed import flowed
from activities.letter_forms.language import Language
from activities.letter_forms.plain import read
from dsar.frozen import Frozen
from dsar.letters import FORMS, Letter

FOLDER = Path(__file__).parent

DEFAULT = "en"
"""The language of our own people, and of whoever's language we do not have."""

_CONTROLS = dict.fromkeys((*range(10), *range(11, 32), *range(127, 160), 0x2028, 0x2029), " ")
_DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C), "")
_UNSEEN = _CONTROLS | _DIRECTIONS
"""What no value may bring into a letter: what a terminal obeys, or what shows the text in another order."""


class Written(Frozen):
    """A letter in words, as it is sent."""

    subject: str
    text: str
    """RFC 3676 `format=flowed`."""
    html: str

    @property
    def sha256(self) -> str:
        """Of all that the person reads: subject, text and HTML, each as a mail program decodes it, with NUL between."""
        return hashlib.sha256(f"{self.subject}\0{self.text}\0{self.html}".encode()).hexdigest()


class LetterForms:
    """The forms of all languages."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._languages = {path.parent.name: path.parent for path in folder.glob("*/language.toml")}
        self._environment = cache(self._environment_of)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that letters can be written in."""
        return tuple(sorted(self._languages))

    def missing(self, language: str) -> tuple[str, ...]:
        """The forms that a language does not have."""
        return tuple(form for form in FORMS if not (self._languages[language] / f"{form}.html").exists())

    def write(self, letter: Letter, language: str = DEFAULT, *, pass_on: bool = False) -> Written:
        """Put a letter into words.

        `language`: a tag such as `de-AT`; where we have no such language, `de`, and where not that, English: a letter
        that has to go out goes out. `pass_on`: no address is on file, and the privacy lead passes it on.
        """
        environment = self._environment(self.nearest(language))
        html = environment.get_template(f"{letter.form}.html").render(letter=letter, pass_on=pass_on)
        seen = html.translate(_UNSEEN) + "\n"  # mail ends every part with one: what is hashed is what arrives
        subject, text = read(seen)
        return Written(subject=subject, text=flowed(text), html=seen)

    def nearest(self, language: str) -> str:
        """The language that we have for a tag."""
        known = {code.lower(): code for code in self._languages}
        asked = language.lower().replace("_", "-")
        return known.get(asked) or known.get(asked.partition("-")[0]) or DEFAULT

    def _environment_of(self, code: str) -> Environment:
        language = Language.read(self._languages[code])
        environment = Environment(
            loader=FileSystemLoader([self._languages[code], self._folder]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        css = (self._folder / "letter.css").read_text(encoding="utf-8")
        environment.globals.update(language=language, css=Markup(css))  # noqa: S704 - a file of ours
        environment.filters.update(day=language.date, number=language.number, paragraphs=paragraphs, sentence=sentence)
        return environment


def sentence(text: str) -> str:
    """What a person wrote, with an end."""
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…", "。")) else f"{text}."


def paragraphs(text: str) -> list[str]:
    """The paragraphs that a person wrote: blank lines part them."""
    found = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")))
    return [part for part in found if part]
