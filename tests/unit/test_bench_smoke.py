"""The benchmark runs: both variants answer every request, on real servers."""

from pathlib import Path

from bench.memory import footprint
from bench.people import Asker
from bench.runs import run, ways
from bench.stage import set_up
from tests.unit.ledger_rig import sql


async def test_saga_and_yardstick_answer_the_same_people(tmp_path: Path) -> None:
    """Each of a few people gets an answer from either variant, by the same calls, and what it cost is known."""
    askers = [Asker(f"{number:06}") for number in range(2)]

    async with set_up(tmp_path) as stage, ways(stage) as both:
        for way in both:  # a token is asked for once a process
            await run(stage, way, "delete", [Asker("000099")], at_once=1)
        runs = {way.name: await run(stage, way, "delete", askers, at_once=2) for way in both}

    leased = await sql(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "SELECT free_at FROM paces")
    assert leased, "the worker's paces are those of all workers"
    assert runs["saga"].calls == runs["bare"].calls > 0
    assert runs["saga"].events > runs["bare"].events > 0
    assert all(each.rate > 0 and each.cpu["worker"] > 0 for each in runs.values())


async def test_an_export_counts_its_records(tmp_path: Path) -> None:
    """Every record that was seeded is in the package whose footprint is told."""
    taken = await footprint(tmp_path / "export", 120)

    assert taken.records == 120
    assert taken.peak_mb >= taken.before_mb > 0
