"""Everything that touches the world. One class per kind of work, what it needs in `__init__`."""
