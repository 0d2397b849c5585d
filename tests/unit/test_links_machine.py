"""Links against a model of what they promise, through any order of events."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ledger.links import ATTEMPTS, Expired, Granted, LinkUse, Locked, Ready, Unknown, Used, WrongPassphrase
from tests.unit.ledger_rig import Clock, opened


@dataclass
class Promise:
    """What a link should do."""

    request_id: str
    expires_at: datetime
    wrong: int = 0
    used: bool = False

    def dead(self, now: datetime) -> Used | Locked | Expired | None:
        """Why it no longer works."""
        if self.used:
            return Used()
        if self.wrong >= ATTEMPTS:
            return Locked()
        return Expired() if self.expires_at <= now else None

    def consume(self, now: datetime, *, right: bool) -> LinkUse:
        """What one more try should give."""
        if dead := self.dead(now):
            return dead
        if right:
            self.used = True
            return Granted(request_id=self.request_id, name="package.zip")
        self.wrong += 1
        return self.dead(now) or WrongPassphrase(attempts_left=ATTEMPTS - self.wrong)


class LinksMachine(RuleBasedStateMachine):
    """Two ledgers on one database, as two processes are."""

    url: ClassVar[str]

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.name = secrets.token_hex(8)
        self.runner = asyncio.Runner()
        self.stacks = [opened(self.url, self.clock) for _ in range(2)]
        self.ledgers = [self.runner.run(stack.__aenter__()) for stack in self.stacks]
        self.promises: dict[str, Promise] = {}
        self.passphrases: set[tuple[str, str]] = set()

    requests = st.sampled_from(["one", "two"])
    words = st.sampled_from(["aaaa", "bbbb", "cccc"])
    processes = st.integers(0, 1)

    def _id(self, request: str) -> str:
        return f"request-{request}-{self.name}"

    @rule(request=requests, words=words, at=processes)
    def add_passphrase(self, request: str, words: str, at: int) -> None:
        """The request is submitted."""
        self.runner.run(self.ledgers[at].passphrases.add(self._id(request), words))
        self.passphrases.add((request, words))

    @rule(target=tokens, request=requests, hours=st.integers(-1, 48), at=processes)
    def issue(self, request: str, hours: int, at: int) -> str:
        """The answer is sent."""
        expires_at = self.clock.now + timedelta(hours=hours)
        token = self.runner.run(self.ledgers[at].links.issue(self._id(request), "package.zip", expires_at))
        assert token not in self.promises
        self.promises[token] = Promise(self._id(request), expires_at)
        return token

    @rule(token=tokens, words=words, at=processes)
    def consume(self, token: str, words: str, at: int) -> None:
        """One try."""
        promise = self.promises[token]
        expected = promise.consume(self.clock.now, right=self._right(promise, words))

        assert self.runner.run(self.ledgers[at].links.consume(token, words)) == expected

    @rule(token=tokens, words=words, tries=st.integers(2, 8))
    def consume_at_once(self, token: str, words: str, tries: int) -> None:
        """Many tries at the same time: the same answers as one after another, in some order."""
        promise = self.promises[token]
        right = self._right(promise, words)
        expected = [promise.consume(self.clock.now, right=right) for _ in range(tries)]

        async def all_of_them() -> list[LinkUse]:
            return await asyncio.gather(*(self.ledgers[n % 2].links.consume(token, words) for n in range(tries)))

        assert sorted(map(repr, self.runner.run(all_of_them()))) == sorted(map(repr, expected))

    @rule(hours=st.integers(1, 24))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.clock.forward(timedelta(hours=hours))

    @rule(token=st.text("abcXYZ-_", max_size=43))
    def guess_a_token(self, token: str) -> None:
        """Nothing is found by guessing."""
        assert self.runner.run(self.ledgers[0].links.consume(token, "aaaa")) == Unknown()

    @invariant()
    def looks_are_true_and_change_nothing(self) -> None:
        """Each link, looked at, says what it will do."""
        for token, promise in self.promises.items():
            left = ATTEMPTS - promise.wrong
            ready = Ready(expires_at=promise.expires_at, attempts_left=left)
            assert self.runner.run(self.ledgers[0].links.peek(token)) == (promise.dead(self.clock.now) or ready)

    def _right(self, promise: Promise, words: str) -> bool:
        return any(self._id(request) == promise.request_id for request, known in self.passphrases if known == words)

    def teardown(self) -> None:
        """Close both."""
        for stack in self.stacks:
            self.runner.run(stack.__aexit__(None, None, None))
        self.runner.close()


def test_links_keep_their_promises(ledger_url: str) -> None:
    """Whatever happens to them, in whatever order, in two processes."""

    class Here(LinksMachine):
        url = ledger_url

    run_state_machine_as_test(Here, settings=settings(max_examples=25, stateful_step_count=25, deadline=None))
