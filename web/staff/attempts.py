"""Wrong passwords are counted, by where they come from and whose they were to be: after too many, none is tried."""

import time
from collections import OrderedDict
from collections.abc import Callable

SECONDS = 15 * 60.0
FROM_ONE_ADDRESS = 10
FOR_ONE_NAME = 30
"""More than by address: whoever wants to keep somebody out by typing wrong passwords needs several."""
REMEMBERED = 10_000


class Attempts:
    """The wrong tries of the last quarter of an hour, in this process. Unknown names count like known ones."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()

    def too_many(self, sender: str, name: str) -> bool:
        """Whether no further password is looked at now."""
        counts = ((f"from {sender}", FROM_ONE_ADDRESS), (f"for {name}", FOR_ONE_NAME))
        return any(len(self._lately(key)) >= most for key, most in counts)

    def wrong(self, sender: str, name: str) -> None:
        """Another wrong one."""
        for key in (f"from {sender}", f"for {name}"):
            self._wrong[key] = [*self._lately(key), self._clock()]
            self._wrong.move_to_end(key)
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)

    def right(self, sender: str, name: str) -> None:
        """It was the right one after all: this try does not count."""
        for key in (f"from {sender}", f"for {name}"):
            self._wrong[key] = self._lately(key)[:-1]

    def _lately(self, key: str) -> list[float]:
        return [at for at in self._wrong.get(key, ()) if self._clock() - at < SECONDS]
