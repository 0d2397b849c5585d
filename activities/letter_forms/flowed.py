"""Text that a mail client may wrap anew: short lines on the wire, whole paragraphs on any screen (RFC 3676)."""

import re
import textwrap

WIDTH = 72
"""Characters in a line, so that it may be quoted twice; a long word, a link for example, has a longer line."""

_STUFFED = re.compile(r"(?m)^(?=>|From )")


def flowed(text: str) -> str:
    """Wrap each line: one that ends with a space goes on in the next. A line that is indented is left as it is.

    RFC 3676 takes one leading space off each line that has one; a line that is indented by four shows three.
    """
    wrapped = " \n".join
    lines = (line if line[:1] in {"", " "} else wrapped(_wrapped(line)) for line in text.split("\n"))
    return _STUFFED.sub(" ", "\n".join(lines))


def unflowed(text: str) -> str:
    """The paragraphs of a flowed text, a line each: what the reader sees. Indented lines keep their indentation."""
    return re.sub(r"(?m)^ (?=>|From )", "", re.sub(r" \r?\n ?(?=\S)", " ", text))


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH - 1, break_long_words=False, break_on_hyphens=False) or [""]
