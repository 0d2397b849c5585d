"""The members of Meta's custom audiences: taken out, kept out, and never seen."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from connectors.connector import Unsupported
from connectors.meta_config import MetaConfig
from connectors.meta_graph import FLAGGED, MISSING, Graph, Refused
from connectors.meta_records import all_of, hashes_in
from connectors.meta_tasks import flagged, task
from dsar.records import Outcome, OutcomeKind, Record

CUSTOM = "CUSTOM"
"""The subtype of a customer list; others (website, lookalike) are filled by Meta and take no removal."""
FLAGGED_STATUS = 471

NOT_ALL = "Meta did not understand every address that was to be removed; take out those that are still there."


class Members:
    """`clock` says when a removal should be through."""

    def __init__(self, graph: Graph, config: MetaConfig, clock: Callable[[], datetime]) -> None:
        self._graph = graph
        self._config = config
        self._clock = clock

    async def erase(self, records: Sequence[Record]) -> dict[str, Outcome]:
        """Take them out, and keep them out: `ACCEPTED`, for Meta only says that it received the order."""
        outcomes: dict[str, Outcome] = {}
        for (name, where), some in _by_place(records).items():
            remove = self._from_everywhere if name == "account" else self._from_one
            try:
                stuck, understood = await remove(where, hashes_in(some))
            except Refused as refused:
                if refused.reason != MISSING or name == "account" or await self._is_listed(where):
                    raise
                outcomes |= {record.id: Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND) for record in some}
                continue
            outcomes |= {record.id: self._outcome(record, stuck, understood=understood) for record in some}
        if self._config.exclusion_audience and records:
            await self._graph.add(self._config.exclusion_audience, hashes_in(records))
        return outcomes

    async def suppress(self, records: Sequence[Record]) -> list[Outcome]:
        """Put them on the list that every ad set excludes."""
        exclusion = self._exclusion
        if hashes := hashes_in(records):
            await self._graph.add(exclusion, hashes)
        return [_if_it_has_an_address(record, OutcomeKind.SUPPRESSED) for record in records]

    async def restore(self, records: Sequence[Record]) -> list[Outcome]:
        """Take them off that list, but for those of whom our own list says that they were on it before."""
        exclusion = self._exclusion
        before = set(hashes_in(record for record in records if record.state.get("excluded")))
        if hashes := [digest for digest in hashes_in(records) if digest not in before]:
            await self._graph.remove(exclusion, hashes)
        return [_if_it_has_an_address(record, OutcomeKind.RESTORED) for record in records]

    def check(self, records: Sequence[Record]) -> list[Outcome]:
        """Nobody can look: Meta's word stands."""
        return all_of(records, OutcomeKind.ACCEPTED)

    @property
    def _exclusion(self) -> str:
        if self._config.exclusion_audience is None:
            raise Unsupported("meta cannot suppress without an exclusion_audience")
        return self._config.exclusion_audience

    def _outcome(self, record: Record, stuck: Sequence[str], *, understood: bool) -> Outcome:
        if stuck:
            return flagged(record, self._config.title, stuck)
        if not understood:
            return task(record, self._config.title, NOT_ALL)
        due = self._clock() + self._config.recheck_after
        return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=due)

    async def _is_listed(self, audience: str) -> bool:
        """Whether it may be there: Meta says the same of what is gone and of what is hidden, so all lists are read."""
        accounts = self._config.ad_accounts
        listed = {each.id for account in accounts for each in await self._graph.audiences(account)}
        return not accounts or audience in listed

    async def _from_one(self, audience: str, hashes: Sequence[str]) -> tuple[list[str], bool]:
        """Take addresses out of one audience: it, if it is flagged, and whether all were understood."""
        try:
            return [], await self._graph.remove(audience, hashes)
        except Refused as refused:
            if refused.reason != FLAGGED:
                raise
            return [audience], True

    async def _from_everywhere(self, account: str, hashes: Sequence[str]) -> tuple[list[str], bool]:
        """Take addresses out of every audience of an account: those that are flagged, and whether all were understood.

        One call, unless a flagged audience is in its way; then one for each that is not.
        """
        audiences = [each for each in await self._graph.audiences(account) if each.subtype == CUSTOM]
        stuck = [each.id for each in audiences if each.operation_status.code == FLAGGED_STATUS]
        try:
            return stuck, await self._graph.remove_everywhere(account, hashes)
        except Refused as refused:
            if refused.reason != FLAGGED:
                raise
        understood = True
        for audience in audiences:
            if audience.id not in stuck:
                more, taken = await self._from_one(audience.id, hashes)
                stuck, understood = stuck + more, understood and taken
        return stuck or [f"of ad account {account}"], understood


def _by_place(records: Sequence[Record]) -> dict[tuple[str, str], list[Record]]:
    """The records by what is asked: one audience, or all of an account."""
    places: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        name = "audience" if "audience" in record.state else "account"
        places[name, str(record.state[name])].append(record)
    return places


def _if_it_has_an_address(record: Record, kind: OutcomeKind) -> Outcome:
    if record.state["hashes"]:
        return Outcome(record_id=record.id, kind=kind)
    return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="it names no address that could be excluded")
