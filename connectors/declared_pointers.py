"""JSON pointers (RFC 6901), and one thing more: `*` stands for every item of a list (`/emails/*/address`)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

EVERY = "*"


def _checked(pointer: str) -> str:
    if pointer and not pointer.startswith("/"):
        raise ValueError('a JSON pointer is "" for the whole, or starts with "/": /data/items')
    return pointer


def _single(pointer: str) -> str:
    if EVERY in steps(_checked(pointer)) or not pointer:
        raise ValueError("must lead to one value: no *, and not the whole")
    return pointer


Pointer = Annotated[str, AfterValidator(_checked)]
PlainPointer = Annotated[str, AfterValidator(_single)]
"""To one value in an object."""


def steps(pointer: str) -> list[str]:
    """The names on the way, unescaped."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def found(value: Any, pointer: str) -> Iterator[Any]:
    """What the pointer leads to: nothing where the way ends, several where it has a `*`."""
    yield from _walked(value, steps(pointer))


def first(value: Any, pointer: str) -> Any:
    """The one thing that it leads to; `None` where there is none."""
    return next(found(value, pointer), None)


def has(value: Any, pointer: str) -> bool:
    """Whether it leads anywhere, to a null too."""
    return any(True for _ in found(value, pointer))


def placed(into: Mapping[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """A copy of an object with this value there; objects on the way are made."""
    name, *rest = steps(pointer)
    if not rest:
        return {**into, name: value}
    inner = into.get(name)
    further = "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in rest)
    return {**into, name: placed(inner if isinstance(inner, dict) else {}, further, value)}


def without(value: Any, pointer: str) -> Any:
    """A copy in which nothing is there any more."""
    return _less(value, steps(pointer))


def _walked(value: Any, way: list[str]) -> Iterator[Any]:
    if not way:
        yield value
        return
    name, *rest = way
    if isinstance(value, list):
        items = value if name == EVERY else value[int(name) :][:1] if name.isdecimal() else []
        for item in items:
            yield from _walked(item, rest)
    elif isinstance(value, dict) and name in value:
        yield from _walked(value[name], rest)


def _less(value: Any, way: list[str]) -> Any:
    name, *rest = way
    if isinstance(value, list):
        return [_less(item, rest) if rest and name in {EVERY, str(n)} else item for n, item in enumerate(value)]
    if not isinstance(value, dict) or name not in value:
        return value
    if not rest:
        return {key: item for key, item in value.items() if key != name}
    return {**value, name: _less(value[name], rest)}
