"""The text part of a letter, read off its HTML part: one source of the words, so that both say the same."""

from html.parser import HTMLParser

BLOCKS = frozenset({"p", "li", "h2"})
"""What stands in paragraphs of its own; everything else is inline, or holds these."""

AS_THEY_STAND = frozenset({"code", "command", "link"})
"""Classes of a paragraph that is to be copied out of the letter: indented, never wrapped."""

TAGS = BLOCKS | {"main", "header", "footer", "section", "blockquote", "h1", "ul", "strong", "em", "a", "br"}
"""What a form may use: what the text part can say too."""

_INDENT = "    "


class _Reader(HTMLParser):
    """Collects the title, and the blocks of what is in `main`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.blocks: list[tuple[str, str]] = []
        """The kind of each (a tag, or one of `AS_THEY_STAND`), and its text."""
        self._kind = ""
        self._words: list[str] = []
        self._link = ""
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "br":
            self._words.append("\n")
            return
        if tag in {"title", "main", "h1"}:
            self._inside.append(tag)
        if tag in BLOCKS:
            self._close()
            name = given.get("class") or ""
            self._kind = name if name in AS_THEY_STAND else tag
        if tag == "a":
            self._link = given.get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._close()
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        where = self._inside[-1] if self._inside else ""
        if where == "title":
            self.title.append(data)
        elif where == "main" and self._kind:
            self._words.append(" ".join(("x" + data + "x").split())[1:-1])

    def _close(self) -> None:
        if self._kind:
            text = self._link if self._kind == "link" else "".join(self._words)
            lines = [" ".join(line.split()) for line in text.split("\n")]
            self.blocks.append((self._kind, "\n".join(lines).strip()))
        self._kind, self._words, self._link = "", [], ""


def read(html: str) -> tuple[str, str]:
    """Title and text of a letter: a paragraph a line, blank lines between, the points of a list below each other.

    The heading is left out: it is the title, and the title is the mail's subject. Of a link its address is said.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = ""
    before = ""
    for kind, words in reader.blocks:
        text += "" if not text else "\n" if kind == before == "li" else "\n\n"
        text += _said(kind, words)
        before = kind
    return " ".join("".join(reader.title).split()), text + "\n"


def _said(kind: str, words: str) -> str:
    if kind in AS_THEY_STAND:
        return _INDENT + words
    if kind == "li":
        return f"- {words}"
    return f"{words}\n{'-' * len(words)}" if kind == "h2" else words
