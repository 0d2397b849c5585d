"""Where commands print: their answers, and what stopped them."""

import sys

from rich.console import Console

PIPE_WIDTH = 200
"""Of lines that nobody's terminal limits."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
