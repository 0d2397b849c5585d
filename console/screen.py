"""Where commands print: their answers, and what stopped them."""

import sys

from rich.console import Console

PIPE_WIDTH = 200
"""Of lines that nobody's terminal limits."""


def as_shown(text: str) -> str:
    """Somebody else's text, without what a terminal would obey instead of showing it."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
