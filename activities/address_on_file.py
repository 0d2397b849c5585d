"""Where a letter to the person may go: to an address that the claims lead to, never to where the request came from."""

from collections.abc import Sequence

from connectors.connector import Connector, NeedsPerson, TryLater
from dsar.identity import Identity, Key


class AddressBook:
    """The systems of the company that know addresses."""

    def __init__(self, directory: Sequence[Connector]) -> None:
        self._directory = directory

    async def find(self, identity: Identity) -> tuple[str | None, frozenset[Key]]:
        """The one address that the claims lead to, and the claims that a code sent there proves.

        An email proves itself. Other claims are looked up in the systems that know addresses, and are proved
        only by an address found there. Two addresses are an ambiguity: none is written to, a person decides.
        """
        claimed = {i.kind for i in identity.identifiers}
        found: set[str] = set()
        for connector in self._directory if claimed - {Key.EMAIL, Key.NAME} else ():
            try:
                learned = Identity(identifiers=(await connector.locate(identity)).learned)
            except NeedsPerson as error:
                raise TryLater(error.why) from None  # nobody can be written to before it is mended
            found |= set(learned.values(Key.EMAIL))
        emails = identity.values(Key.EMAIL)
        if emails:
            same = found and all(identity.knows(Key.EMAIL, address) for address in found)
            return emails[0], frozenset(claimed if same else {Key.EMAIL})
        if len(found) == 1:
            return found.pop(), frozenset(claimed)
        return None, frozenset()
