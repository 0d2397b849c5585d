"""Who is meant: the data subject, our own people, or somebody else, whose data a copy must not give away (GDPR 15(4)).

Surely found are addresses, and names where the data itself says that they are a person's. A name that stands in a
sentence only, and nowhere in the records as somebody's name, cannot be found.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from dsar.forbidden import Hit
from dsar.forbidden_keys import words_of
from dsar.identity import Identity, Key, normalise
from dsar.personal_fields import ADDRESSES, IDS, NAMES, PEOPLE, WRITERS

OTHER = "another person"
"""The kind of what is not shown."""
SHOWN = "[another person]"

_AT = re.compile(r"@|%40", re.IGNORECASE)
_LOCAL = re.compile(r"[\w.+%'&-]{1,64}$")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}")
_PICTURE_SIZE = re.compile(r"\d+x\.\w+$")
_DISPLAYED = re.compile(
    r"(?:\"[^\"\n<>]{1,80}\"|[^\W\d_][\w.'\u2019-]{0,40}(?:,?[ \t][^\W\d_][\w.'\u2019-]{0,40}){0,4})[ \t]*<$"
)
_NOBODY = frozenset({"git", "noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster"})
_ANYBODYS = frozenset(
    ("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com",
     "icloud.com", "me.com", "mac.com", "aol.com", "proton.me", "protonmail.com", "gmx.com", "gmx.de",
     "gmx.net", "web.de", "mail.com", "zoho.com", "yandex.com", "fastmail.com", "hey.com", "pm.me",
     "tutanota.com")
)  # fmt: skip
"""Where everybody can have an address: the controller's neighbours there are not its people."""
_PHONE = re.compile(
    r"(?<![\w.])(?:(?:tel|phone|mobile|cell|fax)[.:\s]{1,3}(?P<v>\+?[\d(][\d ()./-]{5,20}\d)"
    r"|(?P<w>(?:\+\d|\(\d{3}\))[\d ()./-]{6,20}\d|\d{3}[ .-]\d{3}[ .-]\d{4})(?!\d))",
    re.IGNORECASE,
)
_NEAR = 100
"""A telephone number this close to another person's name or address is theirs."""
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_LONGEST_NAME = 6
"""Words."""
_FULL_NAME = re.compile(r"[^\W\d_][\w.'\u2019-]*(?: [^\W\d_][\w.'\u2019-]*){1,3}")


class Others:
    """Tells others from the person and from the controller's own people; learns others' names as they pass by."""

    def __init__(self, identity: Identity, controller: str) -> None:
        """`identity`: all that the person is known by. `controller`: its address for requests."""
        self._identity = identity.to_search()
        self._ours = controller.strip().lower()
        domain = self._ours.rpartition("@")[2]
        self._our_domain = "" if domain in _ANYBODYS else domain
        self._ids = {i.value.strip().lower() for i in self._identity.identifiers if i.kind is not Key.NAME}
        self._names = {normalise(Key.NAME, name) for name in self._identity.values(Key.NAME)}
        locals_ = (address.partition("@")[0] for address in self._identity.values(Key.EMAIL))
        self._words = {w for text in (*self._names, *locals_) for w in words_of(text).split() if len(w) > 2}
        self._mine = [normalise(Key.EMAIL, mine).rpartition("@") for mine in self._identity.values(Key.EMAIL)]
        self._phones = {_significant(phone) for phone in self._identity.values(Key.PHONE)}
        self._learned: dict[str, set[tuple[str, ...]]] = {}

    def learn(self, name: str) -> None:
        """Somebody else is called so: from now on the name is found in texts too. Of one word, it is too common."""
        words = _words(name)
        if 2 <= len(words) <= _LONGEST_NAME and all(len(w) > 1 for w in words) and not self.is_persons_name(name):
            self._learned.setdefault(words[0], set()).add(words)

    def find(self, text: str) -> list[Hit]:
        """What of a text is somebody else's; finds may overlap."""
        people = [*self._addresses(text), *self._known_names(text)]
        return [*people, *self._phones_near(text, people)] if people else []

    def is_another(self, block: Mapping[str, Any], key: str) -> bool:
        """Whether an object is about somebody else: it says who, and that is neither the person nor one of ours."""
        addresses = [a for a in _texts(block, ADDRESSES) if "@" in a]
        ids = _texts(block, IDS)
        names = list(names_in(block))
        if block.get("type") == "bot" or not (addresses or names):
            return False
        if any(self._known(value) for value in (*addresses, *ids)) or any(map(self._one_of_ours, addresses)):
            return False
        if any(map(self.is_persons_name, names)):
            return False
        of_people = words_of(key) in PEOPLE or block.get("object") == "user"
        inner = bool(key and addresses and names)  # the record itself is the data subject's, however it calls them
        return of_people or (inner and not any(map(self._resembles, names)))

    def is_other_writer(self, value: str, key: str) -> bool:
        """Whether a bare text under a key like `author` is somebody else's full name."""
        text = value.strip()
        said = words_of(key) in WRITERS and _FULL_NAME.fullmatch(text) and text[0].isupper()
        return bool(said) and text.rpartition(" ")[2][0].isupper() and not self._resembles(text)

    def is_persons_name(self, name: str) -> bool:
        """Whether the person is called so."""
        return normalise(Key.NAME, name) in self._names

    def _resembles(self, name: str) -> bool:
        """Whether a name shares a word with what the person is called: a handle, a second form of it."""
        return any(word in self._words for word in words_of(name).split())

    def _known(self, value: str) -> bool:
        return value.strip().lower() in self._ids or self._identity.knows(Key.EMAIL, value)

    def _one_of_ours(self, address: str) -> bool:
        local, _, domain = address.strip().lower().rpartition("@")
        at_home = self._our_domain and (domain == self._our_domain or domain.endswith(f".{self._our_domain}"))
        return address.strip().lower() == self._ours or bool(at_home) or local in _NOBODY

    def _addresses(self, text: str) -> Iterator[Hit]:
        for at in _AT.finditer(text):
            local = _LOCAL.search(text, max(0, at.start() - 64), at.start())
            domain = _DOMAIN.match(text, at.end(), at.end() + 256)
            if not local or not domain or _PICTURE_SIZE.match(domain[0]) or self._is_mine(text, at):
                continue
            start, end = local.start() + len(local[0]) - len(local[0].lstrip("'.&-%")), domain.end()
            address = unquote(f"{text[start : at.start()]}@{domain[0]}")
            if start < at.start() and not self._known(address) and not self._one_of_ours(address):
                named = self._displayed(text, start)
                yield Hit(named, end + (named < start and text[end : end + 1] == ">"), OTHER, SHOWN)

    def _is_mine(self, text: str, at: re.Match[str]) -> bool:
        """Whether one of the person's own addresses stands here, letter for letter, whatever letters those are."""
        for local, _, domain in self._mine:
            start, end = at.start() - len(local), at.end() + len(domain)
            around = text[max(0, start - 1) : max(0, start)], text[end : end + 2]
            apart = not re.match(r"[\w.+%-]", around[0]) and not re.match(r"[\w-]|\.\w", around[1])
            said = f"{text[max(0, start) : at.start()]}@{text[at.end() : end]}"
            if apart and normalise(Key.EMAIL, said) == f"{local}@{domain}":
                return True
        return False

    def _displayed(self, text: str, start: int) -> int:
        """Where the name before `<address>` begins."""
        if text[start - 1 : start] != "<":
            return start
        name = _DISPLAYED.search(text, max(0, start - 250), start)
        return name.start() if name else start

    def _known_names(self, text: str) -> Iterator[Hit]:
        if not self._learned:
            return
        words = [(m.group().casefold(), m.start(), m.end()) for m in _WORD.finditer(text)]
        for place, (word, start, _) in enumerate(words):
            for name in self._learned.get(word, ()):
                said = words[place : place + len(name)]
                if tuple(w for w, _, _ in said) == name and said[-1][2] - start < 20 * len(name) + 60:
                    yield Hit(start, said[-1][2], OTHER, SHOWN)

    def _phones_near(self, text: str, people: Iterable[Hit]) -> Iterator[Hit]:
        for hit in people:
            for match in _PHONE.finditer(text, max(0, hit.start - _NEAR), hit.end + _NEAR):
                group = "v" if match["v"] else "w"
                if _significant(match[group]) not in self._phones:
                    yield Hit(match.start(group), match.end(group), OTHER, SHOWN)


def names_in(block: Mapping[str, Any]) -> Iterator[str]:
    """What an object calls a person: each name that it holds, and first and last name as one."""
    said = {words_of(key): value for key, value in block.items() if isinstance(value, str) and value.strip()}
    yield from (value for key, value in said.items() if key in NAMES)
    for first, last in (("first name", "last name"), ("given name", "family name"), ("fname", "lname")):
        if first in said and last in said:
            yield f"{said[first]} {said[last]}"


def _texts(block: Mapping[str, Any], keys: frozenset[str]) -> list[str]:
    """The texts under these keys, also where they stand one object deeper (`person.email`)."""
    found = [str(v) for k, v in block.items() if words_of(k) in keys and isinstance(v, str | int) and v != ""]
    for inner in block.values():
        if isinstance(inner, Mapping):
            found += [str(v) for k, v in inner.items() if words_of(k) in ADDRESSES & keys and isinstance(v, str) and v]
    return found


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(name))


def _significant(phone: str) -> str:
    """The digits that countries and habits of writing do not change."""
    return "".join(char for char in phone if char.isdigit())[-9:]
