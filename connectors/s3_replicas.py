"""Copies that S3 itself makes of a bucket in another one: a version deleted by its id stays in the copy.

S3 replicates new versions, and delete markers where asked to; it never replicates the deletion of a version, "to
protect data from malicious deletions". So what is erased here has to be erased there: by an entry of systems.toml that
looks in the copy, or by a person. Source: the S3 user guide, "What does Amazon S3 replicate?".
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from connectors.s3_client import Client
from connectors.s3_errors import Gone
from dsar.frozen import Frozen
from dsar.records import Anchor, Outcome, OutcomeKind, Record


class Replica(Frozen):
    """What a `Record.state` holds: a person's objects of one category, as far as S3 copied them."""

    bucket: str
    prefix: str
    category: str
    copies_in: str
    """The other bucket."""
    account: str = ""
    """Whose it is, if another account's."""

    @property
    def id(self) -> str:
        """The record's locator."""
        who = sha256(f"{self.prefix}\n{self.category}".encode()).hexdigest()[:32]
        return f"s3-replica:{self.bucket}/{who}?in={self.copies_in}"


class Replicas:
    """The copies that the buckets of one S3 service have. Those in `looked_into` are searched by themselves.

    `looked_into` is `None` where nobody wants to know.
    """

    def __init__(self, client: Client, looked_into: Iterable[str] | None) -> None:
        self._client = client
        self._asked = looked_into is not None
        self._looked_into = frozenset(looked_into or ())

    async def copies(self, bucket: str, prefix: str, records: Sequence[Record]) -> list[Record]:
        """What S3 copies of these records of one place into buckets that nobody looks into, by category and bucket.

        As old as the newest of them, and found as that was.
        """
        if not (self._asked and records):
            return []
        newest: dict[str, Record] = {}
        for record in sorted(records, key=lambda each: each.dates[Anchor.CREATED]):
            newest[record.category] = record
        return [
            _copy(newest[category], Replica(**where, prefix=prefix, category=category))
            for where in await self._destinations(bucket, prefix)
            for category in sorted(newest)
        ]

    async def _destinations(self, bucket: str, prefix: str) -> list[dict[str, str]]:
        try:
            answer = await self._client.call("get_bucket_replication", "ReplicationConfiguration", Bucket=bucket)
        except Gone:
            return []
        into = dict(self._into(answer["ReplicationConfiguration"], prefix))
        return [{"bucket": bucket, "copies_in": name, "account": account} for name, account in sorted(into.items())]

    def _into(self, configuration: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
        """Where the rules that are on copy what may be below a prefix. A rule for tags may be about any object."""
        for rule in configuration.get("Rules", ()):
            among = _prefix(rule)
            destination = rule.get("Destination", {})
            name = str(destination.get("Bucket", "")).rpartition(":")[2]
            near = among.startswith(prefix) or prefix.startswith(among)
            if rule.get("Status") == "Enabled" and near and name not in self._looked_into:
                yield name, str(destination.get("Account", ""))


def to_delete(record: Record, replica: Replica, entry: str) -> Outcome:
    """The task of deleting in the copy."""
    whose = f" (account {replica.account})" if replica.account else ""
    instructions = (
        f"S3 copies the bucket {replica.bucket} into the bucket {replica.copies_in}{whose}, and does not delete there "
        f"what is deleted here by version. In {replica.copies_in}, list all versions below {replica.prefix} and delete "
        f"each version and delete marker of what is {replica.category} by its version id, then mark this task done. To "
        f"have it done by itself, name {replica.copies_in} in an entry of its own, and under `replicas` of [{entry}]."
    )
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def to_restrict(record: Record, replica: Replica) -> Outcome:
    """The task of keeping the copy for one purpose only."""
    instructions = (
        f"S3 copies the bucket {replica.bucket} into the bucket {replica.copies_in}. See that what is below "
        f"{replica.prefix} and is {replica.category} is not used there either, then mark this task done."
    )
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def _copy(newest: Record, replica: Replica) -> Record:
    label = f"copies of {replica.bucket} in {replica.copies_in}"
    state = replica.model_dump(mode="json")
    return newest.model_copy(update={"id": replica.id, "label": label, "lock": None, "state": state})


def _prefix(rule: dict[str, Any]) -> str:
    """The prefix of a rule, in one of the three ways in which S3 has it; none: the whole bucket."""
    only = rule.get("Filter", {})
    return str(rule.get("Prefix") or only.get("Prefix") or only.get("And", {}).get("Prefix") or "")
