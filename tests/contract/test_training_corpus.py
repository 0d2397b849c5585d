"""What is peculiar about the training corpus: what models saw, whose files are left, and who else writes there."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import NeedsPerson, TryLater
from connectors.corpus_disk import Busy, Disk, Seen
from connectors.training_corpus import TrainingCorpus
from dsar.records import Anchor, OutcomeKind, Record
from tests.contract.acts import believe, download, locate, walk
from tests.contract.people import ADA, RESEMBLING, canary
from tests.contract.rigs.training_corpus import TrainingCorpusRig, config

BOB = RESEMBLING[0]
MEBIBYTE = 1 << 20


@pytest.fixture
async def rig() -> AsyncIterator[TrainingCorpusRig]:
    rig = TrainingCorpusRig()
    async with rig.start():
        yield rig


def entry(**changed: Any) -> dict[str, Any]:
    return {"asset": "logo.svg", "source": "site", "owners": {"email": "ada@example.com"}, "models": []} | changed


async def only(rig: TrainingCorpusRig, **changed: Any) -> Record:
    """The one record of a corpus of one entry."""
    rig.put([entry(**changed)])
    (record,) = await locate(rig.connector, ADA)
    return record


async def test_models_that_saw_it_are_a_persons_to_decide_each_by_its_name(rig: TrainingCorpusRig) -> None:
    """The entry and its file are gone, what the models learned is not: asked again, it says so again."""
    record = await only(rig, models=["layouts v3", "icons v1"])

    (first,) = await rig.connector.erase([record])
    (second,) = await rig.connector.erase([record])
    (checked,) = await rig.connector.check([record])

    assert first.kind is OutcomeKind.NEEDS_PERSON
    assert "retraining of model layouts v3" in first.instructions
    assert "retraining of model icons v1" in first.instructions
    assert "done when decided" in first.instructions
    assert second == first
    assert checked.kind is OutcomeKind.ERASED
    assert rig.entries() == []


async def test_a_model_that_was_trained_since_is_named_too(rig: TrainingCorpusRig) -> None:
    """A run that was going on when it was located has seen it, too; the record is the same."""
    record = await only(rig, models=["layouts v3"])
    rig.put([entry(models=["layouts v4"])])

    (outcome,) = await rig.connector.erase([record])

    assert "layouts v3" in outcome.instructions
    assert "layouts v4" in outcome.instructions


async def test_what_was_left_out_already_stays_left_out(rig: TrainingCorpusRig) -> None:
    """Put back is as it was found: somebody else has decided that."""
    record = await only(rig, excluded=True)

    await rig.connector.suppress([record])
    await rig.connector.restore([record])

    assert rig.entries() == [entry(excluded=True)]


async def test_lines_of_others_stay_to_the_byte(rig: TrainingCorpusRig) -> None:
    """Their spaces, their order, letters that look like line breaks, and an end without one."""
    theirs = ['{ "asset" : "b.svg",  "note": "two\u2028lines" }', "", '{"models":["m"],"asset":"c"}']
    hers = json.dumps(entry())
    rig.path.write_text("\n".join([theirs[0], hers, *theirs[1:]]), encoding="utf-8")

    await rig.connector.erase(await locate(rig.connector, ADA))

    assert rig.path.read_bytes() == "\n".join(theirs).encode()


async def test_a_document_keeps_what_else_it_says() -> None:
    """A manifest that is one JSON document is acted upon like one of lines."""
    rig = TrainingCorpusRig("corpus.json")
    async with rig.start():
        await rig.seed(ADA, 3)
        await rig.seed(BOB, 3)
        records = await locate(rig.connector, ADA)

        outcomes = await rig.connector.erase(records)

        await believe(rig, records, outcomes)
        assert json.loads(rig.path.read_text(encoding="utf-8"))["run"] == 7
        assert len(await locate(rig.connector, BOB)) == 3


async def test_a_folder_of_manifests_is_one_corpus(rig: TrainingCorpusRig) -> None:
    """Each file is read and rewritten; what somebody left unfinished is none of them."""
    (rig.folder / "second.json").write_text(json.dumps([entry(asset="second.svg")]), encoding="utf-8")
    (rig.folder / ".corpus.jsonl.unfinished").write_text("{", encoding="utf-8")
    (rig.folder / "read me.txt").write_text("no manifest", encoding="utf-8")
    rig.put([entry()])
    connector = TrainingCorpus(config(rig.folder))

    records = await locate(connector, ADA)
    outcomes = await connector.erase(records)

    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ERASED] * 2
    assert await walk(connector) == []


async def test_a_file_that_anothers_entry_names_stays(rig: TrainingCorpusRig) -> None:
    """Hers is gone, and is said to be; it goes with the last entry that names it."""
    file = rig.folder / "logo.svg"
    file.write_bytes(b"<svg/>")
    rig.put([entry(), entry(owners={"email": "bob@example.com"}, source="figma")])
    records = await locate(rig.connector, ADA)

    (outcome,) = await rig.connector.erase(records)
    (checked,) = await rig.connector.check(records)
    left = file.exists()
    await rig.connector.erase([sighting.record for sighting in await walk(rig.connector)])

    assert (outcome.kind, checked.kind, left) == (OutcomeKind.ERASED, OutcomeKind.ERASED, True)
    assert not file.exists()


@pytest.mark.parametrize("asset", ["../outside.txt", "{outside}", "link.svg", "folder", "corpus.jsonl"])
async def test_what_is_not_the_corpus_own_is_never_deleted(rig: TrainingCorpusRig, tmp_path: Path, asset: str) -> None:
    """A way out of the folder, a link out of it, a whole folder, the manifest itself: a person looks."""
    outside = rig.folder.parent / "outside.txt"
    outside.write_bytes(b"precious")
    (rig.folder / "link.svg").symlink_to(outside)
    (rig.folder / "folder").mkdir()
    record = await only(rig, asset=asset.format(outside=outside))

    (exported,) = await rig.connector.export([record])
    (outcome,) = await rig.connector.erase([record])
    kept = outside.read_bytes()
    outside.unlink()

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert exported.files == ()
    assert kept == b"precious"
    assert (rig.folder / "folder").is_dir()
    assert len(rig.entries()) == 1


@pytest.mark.parametrize(
    "asset", ["figma:AbC", "https://example.com/a.svg", "a\x00b", "x" * 300, "no/such/folder/a.svg"]
)
async def test_an_asset_that_is_no_file_here_is_an_entry_alone(rig: TrainingCorpusRig, asset: str) -> None:
    """A Figma file's key, an address, a name that no file can have."""
    record = await only(rig, asset=asset)

    (exported,) = await rig.connector.export([record])
    (outcome,) = await rig.connector.erase([record])

    assert exported.files == ()
    assert outcome.kind is OutcomeKind.ERASED
    assert rig.entries() == []


async def test_an_entry_is_exported_with_its_file_and_the_models_that_saw_it(rig: TrainingCorpusRig) -> None:
    """In pieces, with all that is listed, and without who else owns it."""
    (rig.folder / "logo.svg").write_bytes(b"x" * (MEBIBYTE + 1))
    owners = {"email": ["ada@example.com", "bob@example.com"]}
    record = await only(rig, owners=owners, models=["layouts v3"], added="2026-01-31", sha256="ab", note="ours")

    exported = await rig.connector.export([record])
    chunks = await download(rig.connector, exported)

    assert exported[0].data == {
        "asset": "logo.svg",
        "source": "site",
        "models": ["layouts v3"],
        "added": "2026-01-31",
        "sha256": "ab",
        "note": "ours",
        "excluded": False,
    }
    assert record.dates[Anchor.CREATED].isoformat() == "2026-01-31"
    assert [len(chunk) for chunk in chunks] == [MEBIBYTE, 1]


class Stopping(Disk):
    """A disk whose worker is killed before a manifest takes its place, or that somebody else writes on just then."""

    def __init__(self) -> None:
        self.before_replacing: list[Any] = []

    def replace(self, seen: Seen, content: bytes) -> None:
        """Let happen what was planned for this moment."""
        if self.before_replacing:
            self.before_replacing.pop(0)(seen)
        super().replace(seen, content)


def killed(seen: Seen) -> None:
    raise Busy


def added(seen: Seen) -> None:
    with seen.path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry(asset="new.svg")) + "\n")


async def test_who_is_killed_between_file_and_entry_finds_the_entry_again(rig: TrainingCorpusRig) -> None:
    """The file goes first: an entry without its file is found and finished, a file without an entry never would be."""
    disk = Stopping()
    connector = TrainingCorpus(config(rig.path), disk)
    await rig.seed(ADA, 1)
    records = await locate(connector, ADA)
    disk.before_replacing.append(killed)

    with pytest.raises(TryLater):
        await connector.erase(records)
    (between,) = await connector.check(records)
    (outcome,) = await connector.erase(records)

    assert between.kind is OutcomeKind.REFUSED
    assert outcome.kind is OutcomeKind.ERASED
    assert rig.entries() == []


async def test_who_writes_without_the_lock_loses_nothing(rig: TrainingCorpusRig) -> None:
    """A line that was added while ours was being written is noticed: tried again, with it."""
    disk = Stopping()
    connector = TrainingCorpus(config(rig.path), disk)
    record = await only(rig)
    disk.before_replacing.append(added)

    with pytest.raises(TryLater):
        await connector.suppress([record])
    await connector.suppress([record])

    assert [each["asset"] for each in rig.entries()] == ["logo.svg", "new.svg"]
    assert rig.entries()[0]["excluded"]
    assert [path.name for path in rig.folder.iterdir()] == ["corpus.jsonl"]


async def test_who_holds_the_lock_is_waited_for(rig: TrainingCorpusRig) -> None:
    """Training that takes the lock finishes first; nothing is read or written meanwhile."""
    record = await only(rig)
    connector = TrainingCorpus(config(rig.path, timeout_seconds=0.01))

    with Disk().locked(rig.folder, 1):
        with pytest.raises(TryLater):
            await connector.erase([record])
        before = rig.entries()
    (outcome,) = await connector.erase([record])

    assert len(before) == 1
    assert outcome.kind is OutcomeKind.ERASED


async def test_requests_of_several_people_at_once_undo_nothing_of_each_other(rig: TrainingCorpusRig) -> None:
    """Each rewrites the whole manifest, one after the other."""
    people = (ADA, *RESEMBLING)
    for who in people:
        await rig.seed(who, 2)
    workers = [TrainingCorpus(config(rig.path, timeout_seconds=30)) for _ in people]
    records = [await locate(worker, who) for worker, who in zip(workers, people, strict=True)]

    await asyncio.gather(*(worker.erase(theirs) for worker, theirs in zip(workers, records, strict=True)))

    assert rig.entries() == []


async def test_a_manifest_keeps_its_permissions(rig: TrainingCorpusRig) -> None:
    """Whoever could read it before can, and nobody else."""
    rig.path.chmod(0o640)

    await rig.connector.erase([await only(rig)])

    assert rig.path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ('{"asset": "canary7f3a"', "line 2: is no JSON"),
        ('["canary7f3a"]', "line 2: is no object"),
        ('{"asset": "a", "owners": {"e-mail": "canary7f3a"}}', "line 2: cannot be read (owners)"),
        ('{"asset": "a", "models": "canary7f3a"}', "line 2: cannot be read (models)"),
        ('{"owners": {}}', "line 2: cannot be read (asset)"),
    ],
)
async def test_a_line_that_cannot_be_read_is_a_persons_task_and_says_where(
    rig: TrainingCorpusRig, broken: str, says: str
) -> None:
    """To pass over it would be to find nothing where somebody may be; what it says is not repeated."""
    rig.path.write_text(f"{json.dumps(entry())}\n{broken}\n", encoding="utf-8")

    with pytest.raises(NeedsPerson) as refused:
        await locate(rig.connector, canary())

    assert says in refused.value.why
    assert "canary7f3a" not in refused.value.why + refused.value.instructions


async def test_a_corpus_that_is_not_there_is_not_an_empty_one(tmp_path: Path) -> None:
    """A disk that is not mounted, a path that is wrong: a person looks."""
    with pytest.raises(NeedsPerson, match="FileNotFoundError"):
        await locate(TrainingCorpus(config(tmp_path / "corpus.jsonl")), ADA)
