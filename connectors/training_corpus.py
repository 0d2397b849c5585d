"""The AI training corpus: a manifest over design files, and the files themselves.

A record is an entry of the manifest. It can be left out of the next training run, which is undone as easily; or erased,
the file first and then the entry, so that what was stopped half-way is found again.

What no call can do: make a model forget. Of an entry that models were trained with, the erasure says which, and a
person decides about each of these versions.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import Field, SecretStr

from connectors.connector import Ability, Connector, NeedsPerson, SystemConfig, TryLater
from connectors.corpus_disk import CHUNK, Busy, Disk, in_thread
from connectors.corpus_entries import Corpus, by_id
from connectors.corpus_manifest import Entry, Raw, Unreadable
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.records import Anchor, Exported, FileRef, Located, Outcome, OutcomeKind, Record, Sighting, Walked

EXCLUDED = "excluded"
NOT_OURS = (
    "Its entry names a folder, or something outside of the corpus. Delete the entry by hand, and what it names, if no "
    "other entry does."
)
T = TypeVar("T")


class TrainingCorpusConfig(SystemConfig):
    """An entry of systems.toml with `kind = "training_corpus"`. Nothing is called: it has no address and no secret."""

    base_url: str = ""
    secret: SecretStr = SecretStr("")
    manifest: Path
    """The manifest, `.jsonl` or `.json`; or a folder of such files."""
    files: Path | None = None
    """The folder that the assets' paths start from; left out, the one in which the manifest is."""
    category: str = "design files in AI training"
    page_size: int = Field(default=5000, ge=1)
    """Each page reads the whole manifest."""


class _State(Frozen):
    """What acting on an entry takes."""

    asset: str
    models: tuple[str, ...] = ()
    """Also what is told when an erasure is repeated, and the entry is gone already."""
    excluded: bool | None = None
    """As it was found; `None`: the entry did not say."""


class TrainingCorpus(Connector):
    """One corpus, on a disk that worker and training share."""

    Config = TrainingCorpusConfig
    can: ClassVar[frozenset[Ability]] = frozenset(
        {Ability.LOCATE, Ability.EXPORT, Ability.SUPPRESS, Ability.ERASE, Ability.WALK}
    )

    def __init__(self, config: TrainingCorpusConfig, disk: Disk | None = None) -> None:
        super().__init__(config)
        self._entry = config
        self._disk = disk or Disk()
        self._corpus = Corpus(config.manifest, config.files, self._disk, config.timeout_seconds)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """A page of the entries that name the person as an owner. The cursor: the last one's id."""
        page, following = await self._page(cursor, lambda entry: bool(entry.matched(identity)))
        return Located(records=tuple(self._record(e, e.matched(identity)) for e in page), cursor=following)

    async def walk(self, cursor: str | None = None) -> Walked:
        """A page of all entries, each with its owners."""
        page, following = await self._page(cursor, lambda _: True)
        return Walked(sightings=tuple(map(self._sighting, page)), cursor=following)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """What is listed, which models saw it, and the file; who else owns it is left out."""
        held = by_id(await self._done(self._corpus.entries), {record.id for record in records}) if records else {}
        return [await self._exported(record, held[record.id][0]) for record in records if record.id in held]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """Stream an asset."""
        path = await self._done(partial(self._corpus.file, file.locator))
        if path is None:
            raise TryLater(f"{self.config.title}: a file went away while it was exported")
        with await self._done(partial(self._disk.open, path)) as opened:
            while chunk := await self._done(partial(opened.read, CHUNK)):
                yield chunk

    async def suppress(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Leave each out of the next run."""
        return await self._marked(records, OutcomeKind.SUPPRESSED, lambda _: lambda raw: {**raw, EXCLUDED: True})

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Let each into the next run again that was in it when it was located."""
        return await self._marked(records, OutcomeKind.RESTORED, lambda state: partial(_as_it_was, state))

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete the file, unless another entry needs it, and the entry; a person decides about models that saw it."""
        if not records:
            return []
        held, left = await self._done(lambda: self._corpus.erase({record.id for record in records}))
        return [self._erased(record, held.get(record.id, ()), left) for record in records]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Whether each entry is gone, and with it the file, unless another entry needs it."""
        entries = await self._done(self._corpus.entries) if records else []
        ids, assets = {entry.id for entry in entries}, {entry.asset for entry in entries}
        return [await self._checked(record, ids, assets) for record in records]

    async def _page(self, cursor: str | None, wanted: Callable[[Entry], bool]) -> tuple[list[Entry], str | None]:
        entries = await self._done(self._corpus.entries)
        found = {entry.id: entry for entry in entries if entry.id > (cursor or "") and wanted(entry)}
        page = sorted(found)[: self._entry.page_size]
        return [found[each] for each in page], page[-1] if len(found) > len(page) else None

    async def _exported(self, record: Record, entry: Entry) -> Exported:
        path = await self._done(partial(self._corpus.file, entry.asset))
        files = (FileRef(name=path.name, locator=entry.asset),) if path else ()
        data = {name: value for name, value in entry.raw.items() if name != "owners"}
        data |= {"models": list(entry.models), EXCLUDED: entry.excluded}
        return Exported(record_id=record.id, category=record.category, label=record.label, data=data, files=files)

    async def _marked(
        self, records: Sequence[Record], kind: OutcomeKind, becomes: Callable[[_State], Callable[[Raw], Raw]]
    ) -> list[Outcome]:
        wanted = {record.id: becomes(_State.model_validate(record.state)) for record in records}
        there = await self._done(partial(self._corpus.mark, wanted)) if records else set()
        kinds = {record.id: kind if record.id in there else OutcomeKind.NOT_FOUND for record in records}
        return [Outcome(record_id=record.id, kind=kinds[record.id]) for record in records]

    def _erased(self, record: Record, entries: Sequence[Entry], left: set[str]) -> Outcome:
        state = _State.model_validate(record.state)
        saw = tuple(dict.fromkeys((*state.models, *(model for entry in entries for model in entry.models))))
        todo = [NOT_OURS] * (record.id in left) + [_decide(saw)] * bool(saw)
        if todo:
            what = self.manually(record, "\n".join(todo))
            return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=what)
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED if entries else OutcomeKind.NOT_FOUND)

    async def _checked(self, record: Record, ids: set[str], assets: set[str]) -> Outcome:
        asset = _State.model_validate(record.state).asset
        if record.id in ids:
            return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="the entry is still there")
        file = await self._done(partial(self._corpus.file, asset))
        if file and asset not in assets:
            return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="the file is still there")
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)

    def _record(self, entry: Entry, matched: frozenset[Key]) -> Record:
        state = _State(asset=entry.asset, models=entry.models, excluded=entry.raw.get(EXCLUDED))
        return Record(
            id=entry.id,
            category=self._entry.category,
            matched=matched,
            dates={Anchor.CREATED: entry.added} if entry.added else {},
            label=entry.asset,
            state=state.model_dump(mode="json"),
        )

    def _sighting(self, entry: Entry) -> Sighting:
        whose = entry.identifiers()
        return Sighting(record=self._record(entry, frozenset(each.kind for each in whose)), identifiers=whose)

    async def _done(self, work: Callable[[], T]) -> T:
        with self._meaning():
            return await in_thread(work)

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """What a disk's refusals mean."""
        title = self.config.title
        try:
            yield
        except Busy:
            raise TryLater(f"{title}: somebody else writes in the corpus") from None
        except Unreadable as error:
            raise NeedsPerson(f"{title}: {error}", f"Put the manifest right ({error}), then retry.") from None
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            raise NeedsPerson(
                f"{title}: the corpus cannot be read and written ({type(error).__name__})",
                f"Check the paths of [{self.config.name}] in systems.toml, that the disk is mounted on the worker's "
                "machine, and that the worker may write there. Then retry.",
            ) from None
        except OSError as error:
            raise TryLater(f"{title}: the disk does not answer ({type(error).__name__})") from None


def _as_it_was(state: _State, raw: Raw) -> Raw:
    if state.excluded is None:
        return {name: value for name, value in raw.items() if name != EXCLUDED}
    return {**raw, EXCLUDED: state.excluded}


def _decide(models: Sequence[str]) -> str:
    each = "".join(f"Decide on retraining of model {model}, which was trained with it.\n" for model in models)
    return f"{each}Retrain without it, withdraw the version, or note why neither is needed: done when decided."
