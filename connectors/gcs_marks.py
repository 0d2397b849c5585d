"""The mark on what is kept: a key of custom metadata beside those that are there already."""

from connectors.gcs_generations import Generation, Generations
from dsar.records import Outcome, OutcomeKind

MARK = "habeas-restricted"
"""Kept for one purpose only. Its value is the moment at which the request that set it located the generation: only
that request takes it off again, and its restriction outlives another request's change of mind."""


async def mark(generations: Generations, wanted: Generation) -> Outcome:
    """Put the mark on a generation; one that is there already stays."""
    found = await generations.get(wanted)
    there = found is not None and (
        MARK in found.metadata or await generations.set_metadata(found, {MARK: wanted.located})
    )
    return Outcome(record_id=wanted.id, kind=OutcomeKind.RESTRICTED if there else OutcomeKind.NOT_FOUND)


async def unmark(generations: Generations, wanted: Generation) -> Outcome:
    """Take the mark off again, if this request set it: it is then as it was located."""
    found = await generations.get(wanted)
    there = found is not None and (
        found.metadata.get(MARK) != wanted.located or await generations.set_metadata(found, {MARK: None})
    )
    return Outcome(record_id=wanted.id, kind=OutcomeKind.RESTORED if there else OutcomeKind.NOT_FOUND)
