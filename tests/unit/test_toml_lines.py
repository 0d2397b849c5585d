"""The line of every key of a TOML text, however it is written."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.toml_lines import Lines
from dsar.toml_lines import Path as KeyPath

ROOT = Path(__file__).parents[2]

TEXT = """\
# a comment with [brackets] and key = value
top = 1
dotted . "quoted key".'literal.key' = "x = [1, # no comment"

[plain] # comment
text = \"\"\"
[not.a.heading]
not_a_key = 1
escaped \\\"\"\" and quotes at the end\"\"\"\"\"
literal = '''
it's "raw" \\
[neither]''\'''
after = true
list = [
    "one",  # first ]
    [2, 3],
    { a = 1, b = { c = "}" } },
]
day = 1979-05-27 07:32:00

[[many]]
name = "first"
[many.below]
x = 1

[[many]]
name = "second"
[[many.inside]]
y = [ 1 ]
  [ many . 'inside' . "deep" ]
z = 2

["table \\u00e9"."with.dot"]
"key\\twith tab" = {}
last = -1.5e3
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("dotted",), 3),
        (("dotted", "quoted key"), 3),
        (("dotted", "quoted key", "literal.key"), 3),
        (("plain",), 5),
        (("plain", "text"), 6),
        (("plain", "literal"), 10),
        (("plain", "after"), 13),
        (("plain", "list"), 14),
        (("plain", "list", 0), 15),
        (("plain", "list", 1, 1), 16),
        (("plain", "list", 2, "b", "c"), 17),
        (("plain", "day"), 19),
        (("many",), 21),
        (("many", 0), 21),
        (("many", 0, "below", "x"), 24),
        (("many", 1), 26),
        (("many", 1, "name"), 27),
        (("many", 1, "inside", 0, "y", 0), 29),
        (("many", 1, "inside", 0, "deep", "z"), 31),
        (("table é",), 33),
        (("table é", "with.dot", "key\twith tab"), 34),
        (("table é", "with.dot", "last"), 35),
    ],
)
def test_each_key_has_its_line(path: KeyPath, line: int) -> None:
    """Tables, arrays of tables, dotted and quoted keys, inline tables, arrays and strings of several lines."""
    tomllib.loads(TEXT)

    assert Lines(TEXT).of[path] == line


def test_what_only_looks_like_a_key_is_none() -> None:
    """Strings and comments are passed over."""
    written = {part for path in Lines(TEXT).of for part in path}

    assert written.isdisjoint({"key", "not_a_key", "not", "neither", "a heading"})


def test_a_heading_is_known_as_it_is_written() -> None:
    """Whoever looks for it in the file finds it."""
    headings = Lines(TEXT).headings

    assert headings["table é", "with.dot"] == '["table \\u00e9"."with.dot"]'
    assert headings["many", 1] == "[[many]]"


def test_lines_of_another_machine_count_the_same() -> None:
    """A file that was edited on Windows."""
    assert Lines(TEXT.replace("\n", "\r\n")).of == Lines(TEXT).of


def test_a_table_defined_after_its_own_is_where_it_is_defined() -> None:
    """`[a.b]` mentions `a`; `[a]` is its place."""
    lines = Lines("[a.b]\nx = 1\n[a]\ny = 2\n")

    assert (lines.of["a",], lines.of["a", "b"], lines.of["a", "y"]) == (3, 1, 4)


@pytest.mark.parametrize("name", ["policy.toml", "systems.toml", "bench/systems.toml", "pyproject.toml"])
def test_our_own_files_are_read_whole(name: str) -> None:
    """Every key that `tomllib` finds has a line, and the line has the key in it."""
    text = (ROOT / name).read_text(encoding="utf-8")
    lines, written = Lines(text).of, text.splitlines()

    for path in paths(tomllib.loads(text)):
        assert str(path[-1]) in written[lines[path] - 1] or isinstance(path[-1], int)


def paths(value: Any, above: KeyPath = ()) -> list[KeyPath]:
    """Every path of a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, each in inside for path in ((*above, key), *paths(each, (*above, key)))]


# A text is written at random, and the writer notes on what line it writes what.

KEYS = st.one_of(
    st.text("abc-_1", min_size=1, max_size=4),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5),
)
SCALARS = st.one_of(
    st.integers(-9, 9),
    st.booleans(),
    st.text(st.sampled_from("ab \"'\\#[]{}=,.\n\t"), max_size=8),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


@dataclass
class Writer:
    """Writes TOML in many styles."""

    draw: st.DataObject
    text: str = ""
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def put(self, text: str) -> None:
        self.text += text

    def note(self, path: KeyPath) -> None:
        self.lines[path] = self.text.count("\n") + 1

    def one_of(self, *choices: str) -> str:
        return self.draw.draw(st.sampled_from(choices))

    def document(self, data: dict[str, Any]) -> None:
        for key, value in data.items():
            self.note((key,))
            self.pair(key, value, (key,))
            self.put(self.one_of("\n", "\n\n", " # c = [1\n"))

    def tables(self, data: dict[str, dict[str, Any]]) -> None:
        for name, table in data.items():
            self.put(self.one_of("", "\n", "# [no]\n"))
            self.note((name,))
            self.put(f"{self.one_of('', '  ')}[{self.key(name)}]\n")
            for key, value in table.items():
                self.note((name, key))
                self.pair(key, value, (name, key))
                self.put("\n")

    def pair(self, key: str, value: Any, path: KeyPath) -> None:
        self.put(f"{self.key(key)}{self.one_of('=', ' = ')}")
        self.value(value, path)

    def key(self, key: str) -> str:
        bare = key != "" and all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
        styles = [quoted(key)] + [key] * bare + [f"'{key}'"] * (key.isprintable() and "'" not in key)
        return self.one_of(*styles)

    def value(self, value: Any, path: KeyPath) -> None:
        match value:
            case bool():
                self.put(str(value).lower())
            case int():
                self.put(str(value))
            case str():
                self.string(value)
            case list():
                self.put("[")
                for place, each in enumerate(value):
                    self.put(self.one_of("", " ", "\n", "\n# ]\n"))
                    self.note((*path, place))
                    self.value(each, (*path, place))
                    self.put(self.one_of(",", " ,", "\n,"))
                self.put("]")
            case dict():
                self.put("{")
                for place, (key, each) in enumerate(value.items()):
                    self.put(", " if place else " ")
                    self.note((*path, key))
                    self.pair(key, each, (*path, key))
                self.put("}")

    def string(self, value: str) -> None:
        styles = [quoted(value)]
        if "'''" not in value:
            styles.append(f"'''\n{value}'''" if not value.endswith("'") else quoted(value))
        escaped = value.replace("\\", "\\\\").replace('"""', '""\\"')
        if not escaped.endswith('"'):
            styles.append(f'"""\n{escaped}"""')
        self.put(self.one_of(*styles))


def quoted(text: str) -> str:
    """A basic string."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text) + '"'


@given(st.data(), st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES)))
def test_any_text_has_the_lines_it_was_written_on(
    data: st.DataObject, top: dict[str, Any], tables: dict[str, dict[str, Any]]
) -> None:
    """Whatever the keys and the values are, and in whatever style they are written."""
    writer = Writer(data)
    tables = {name: table for name, table in tables.items() if name not in top}
    writer.document(top)
    writer.tables(tables)

    assert tomllib.loads(writer.text) == {**top, **tables}
    assert Lines(writer.text).of == writer.lines
