"""How fast the saga is, and what it costs: `python -m bench`."""
