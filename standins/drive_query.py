"""Drive's search language, as far as it is asked here: comparisons, `in`, `has`, joined by `and`, `or`, `not`."""

import re
from collections.abc import Callable
from typing import Any

TOKEN = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|([A-Za-z]+)|(!=|=|[(){}]))")

Fits = Callable[[Any], bool]


class BadQueryError(ValueError):
    """Google answers 400 "Invalid Value"."""


def compiled(query: str) -> Fits:
    """The query as a test of a file: `parents`, `name`, `mimeType`, `trashed`, `readers`, `writers`, `properties`."""
    parser = _Parser(query)
    fits = parser.either()
    parser.end()
    return fits


class _Parser:
    def __init__(self, query: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at = 0
        query = query.strip()
        while at < len(query):
            found = TOKEN.match(query, at)
            if found is None:
                raise BadQueryError
            text, word, sign = found.groups()
            self._tokens.append(("text", re.sub(r"\\(.)", r"\1", text)) if text is not None else ("", word or sign))
            at = found.end()

    def end(self) -> None:
        """Nothing may follow."""
        if self._tokens:
            raise BadQueryError

    def either(self) -> Fits:
        """One or another."""
        fits = [self._both()]
        while self._next_is("or"):
            fits.append(self._both())
        return lambda file: any(each(file) for each in fits)

    def _both(self) -> Fits:
        fits = [self._one()]
        while self._next_is("and"):
            fits.append(self._one())
        return lambda file: all(each(file) for each in fits)

    def _one(self) -> Fits:
        if self._next_is("not"):
            fits = self._one()
            return lambda file: not fits(file)
        if self._next_is("("):
            fits = self.either()
            self._must(")")
            return fits
        kind, value = self._take()
        if kind == "text":
            self._must("in")
            _, collection = self._take()
            return lambda file: value.lower() in (each.lower() for each in file.collection(collection))
        return self._property() if value in {"properties", "appProperties"} else self._compared(value)

    def _property(self) -> Fits:
        self._must("has")
        self._must("{")
        wanted = {}
        for number, name in enumerate(("key", "value")):
            if number:
                self._must("and")
            self._must(name)
            self._must("=")
            wanted[name] = self._take()[1]
        self._must("}")
        return lambda file: file.properties.get(wanted["key"]) == wanted["value"]

    def _compared(self, field: str) -> Fits:
        _, sign = self._take()
        _, value = self._take()
        if sign == "contains":
            return lambda file: value.lower() in file.text(field).lower()
        if sign not in {"=", "!="}:
            raise BadQueryError
        return lambda file: (file.text(field).lower() == value.lower()) is (sign == "=")

    def _take(self) -> tuple[str, str]:
        if not self._tokens:
            raise BadQueryError
        return self._tokens.pop(0)

    def _next_is(self, word: str) -> bool:
        if self._tokens and self._tokens[0] == ("", word):
            self._tokens.pop(0)
            return True
        return False

    def _must(self, word: str) -> None:
        if not self._next_is(word):
            raise BadQueryError
