"""Every contact of every audience, whoever it is: the audience's contacts first, then its archived ones."""

from connectors.mailchimp_account import Account
from connectors.mailchimp_answers import Member
from dsar.frozen import Frozen

ARCHIVED = "archived"


class Spot(Frozen):
    """The cursor: where in the audiences."""

    audiences: tuple[str, ...]
    """Still to be walked through."""
    archived: bool = False
    """Among the archived contacts of the first of them; otherwise among its others."""
    offset: int = 0
    total: int = 0
    """How many contacts there were when the last page was read."""

    @property
    def cursor(self) -> str | None:
        """As a connector's caller keeps it; `None` at the end."""
        return self.model_dump_json() if self.audiences else None

    def after(self, shown: int, total: int) -> "Spot":
        """Behind a page of so many contacts."""
        reached = self.offset + shown
        if shown and reached < total:
            return self.model_copy(update={"offset": reached, "total": total})
        if not self.archived:
            return Spot(audiences=self.audiences, archived=True)
        return self.past()

    def back(self, total: int) -> "Spot":
        """Where this place is, now that there are fewer contacts: those behind the lost ones have moved up."""
        return self.model_copy(update={"offset": max(0, self.offset - (self.total - total)), "total": total})

    def past(self) -> "Spot":
        """At the next audience."""
        return Spot(audiences=self.audiences[1:])


class Walk:
    """A page of one audience at a time; nothing is kept in between."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def page(self, cursor: str | None) -> tuple[list[Member], str | None]:
        """Contacts, and where it goes on. Who was met may be met again when contacts are deleted meanwhile."""
        at = Spot.model_validate_json(cursor) if cursor else Spot(audiences=tuple(await self._account.audience_ids()))
        if not at.audiences:
            return [], None
        page = await self._account.contacts(at.audiences[0], at.offset, archived=at.archived)
        if page is None:
            return [], at.past().cursor
        if at.offset and page.total_items < at.total:
            return [], at.back(page.total_items).cursor
        members = [member for member in page.members if (member.status == ARCHIVED) is at.archived]
        return members, at.after(len(page.members), page.total_items).cursor
