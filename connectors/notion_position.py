"""Where a search in Notion stands."""

from pydantic import AwareDatetime

from connectors.notion_workspace import Listing, Page
from dsar.frozen import Frozen


class Position(Frozen):
    """Where a search stands: all that a worker needs who has seen none of it.

    A query gives 10,000 results and then ends. The next one starts where it ended, at the last page's creation, and
    leaves out the pages of that very moment that were seen (`seen`).
    """

    members: bool = False
    """Still reading the workspace's members, to learn which users have the person's addresses."""
    users: tuple[str, ...] = ()
    """Those users."""
    source: int = 0
    trash: bool = False
    next: str | None = None
    """Notion's own cursor."""
    since: AwareDatetime | None = None
    last: AwareDatetime | None = None
    seen: tuple[str, ...] = ()
    capped: bool = False

    @property
    def cursor(self) -> str:
        """As a connector's caller keeps it."""
        return self.model_dump_json(exclude_defaults=True)

    def fresh(self, found: list[Page]) -> list[Page]:
        """The pages that were not seen before, and are on the side of the trash that was asked for."""
        seen = set(self.seen)
        return [page for page in found if page.in_trash is self.trash and page.id not in seen]

    def after(self, listing: Listing, found: list[Page]) -> "Position":
        """Still in the same query: behind these results."""
        last = found[-1].created_time if found else self.last
        seen = [page.id for page in found if page.created_time == last]
        known = self.seen if last == self.last else ()
        return self.model_copy(
            update={
                "next": listing.next_cursor if listing.has_more else None,
                "last": last,
                "seen": tuple(dict.fromkeys([*known, *seen])),
                "capped": self.capped or listing.capped,
            }
        )

    def from_last(self) -> "Position":
        """In the query that goes on where this one ended."""
        return self.model_copy(update={"next": None, "since": self.last, "capped": False})

    def at(self, source: int, *, trash: bool = False) -> "Position":
        """At the beginning of a data source, or of its trash."""
        return Position(users=self.users, source=source, trash=trash)
