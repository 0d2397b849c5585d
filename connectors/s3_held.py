"""What a record of S3 stands for: a version, an upload that was not finished, or copies in another bucket."""

from collections.abc import Sequence

from connectors.s3_replicas import Replica
from connectors.s3_uploads import Upload
from connectors.s3_versions import Version
from dsar.identity import Key
from dsar.records import Anchor, Record

Held = Version | Upload | Replica


def held(record: Record) -> Held:
    """What a record stands for."""
    if "upload" in record.state:
        return Upload.model_validate(record.state)
    if "copies_in" in record.state:
        return Replica.model_validate(record.state)
    return Version.model_validate(record.state)


def by_kind(records: Sequence[Record]) -> tuple[dict[str, Version], dict[str, Upload], dict[str, Replica]]:
    """What the records stand for, by their ids and by what it is."""
    every = {record.id: held(record) for record in records}
    return (
        {i: each for i, each in every.items() if isinstance(each, Version)},
        {i: each for i, each in every.items() if isinstance(each, Upload)},
        {i: each for i, each in every.items() if isinstance(each, Replica)},
    )


def upload_record(upload: Upload, kinds: frozenset[Key], category: str) -> Record:
    """An upload that was not finished, whose key carries these kinds of identifier."""
    return Record(
        id=upload.id,
        category=category,
        matched=kinds,
        dates={Anchor.CREATED: upload.initiated.date()},
        label=f"{upload.key} (upload that was not finished)",
        state=upload.model_dump(mode="json"),
    )
