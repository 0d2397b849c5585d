"""What an entry of systems.toml says of any object store: where a person's objects are, and what they are."""

from typing import Self

from pydantic import model_validator

from connectors.connector import SystemConfig
from connectors.object_places import Bucket, Rule, Tag


class ObjectStoreConfig(SystemConfig):
    """The fields that all object stores share."""

    buckets: tuple[Bucket, ...] = ()
    tag: Tag | None = None
    """Says whose an object is under prefixes that are many people's."""
    rules: tuple[Rule, ...] = ()
    default_category: str = "design files and assets"
    """Of what no rule matches."""

    @model_validator(mode="after")
    def _somebody_is_named(self) -> Self:
        """Without a tag, a prefix that names nobody would make every object below it everybody's."""
        shared = [prefix for bucket in self.buckets for prefix in bucket.prefixes if "{" not in prefix]
        if shared and self.tag is None:
            raise ValueError(f"the prefix {shared[0]!r} names no person: give it a placeholder, or the system a tag")
        return self
