"""Chooses how a file is looked through, once its first bytes are there."""

from vault.outbound.archives import Zip
from vault.outbound.binary import Binary
from vault.outbound.kinds import SAMPLE, Kind, encoding_of, kind_of_file
from vault.outbound.letters import Letter, Letters
from vault.outbound.markup import Markup
from vault.outbound.packed import Packed
from vault.outbound.pdf import LARGEST as LARGEST_PDF
from vault.outbound.pdf import Pdf
from vault.outbound.stages import AsItIs, Look, Reason, Stage, Whole, Withheld
from vault.outbound.structures import Json
from vault.outbound.tables import Table
from vault.outbound.text import Text


class Unknown:
    """A file of which nothing is known yet, nested as it may be."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._held = b""
        self._stage: Stage | None = None

    def feed(self, data: bytes) -> bytes:
        """The next bytes in; what is decided by now out."""
        if self._stage:
            return self._stage.feed(data)
        self._held += data
        return self._begin() if len(self._held) >= SAMPLE else b""

    def close(self) -> bytes:
        """The rest."""
        begun = self._begin() if self._stage is None else b""
        return begun + (self._stage.close() if self._stage else b"")

    def _begin(self) -> bytes:
        held, self._held = self._held, b""
        self._stage = stage_of(held[:SAMPLE], self._look)
        return self._stage.feed(held)


def stage_of(sample: bytes, look: Look) -> Stage:
    """The stage of a file that begins so.

    Raises:
        Withheld: there is none.
    """
    kind = kind_of_file(sample)
    match kind:
        case Kind.MEDIA:
            return AsItIs()
        case Kind.SEALED:
            raise Withheld(Reason.UNKNOWN)
        case Kind.ZIP:
            return Zip(look, Unknown)
        case Kind.GZIP | Kind.BZIP2 | Kind.XZ:
            return Packed(kind, look, Unknown(look.within(0)))
        case Kind.PDF:
            return Whole(Pdf(look.screen, look.budget).look_through, LARGEST_PDF)
        case Kind.BINARY:
            return Binary(look.screen)
        case Kind.LETTER:
            return Letter(look, Unknown)
        case Kind.LETTERS:
            return Letters(look, Unknown)
        case _:
            return _text(kind, sample, look)


def _text(kind: Kind, sample: bytes, look: Look) -> Stage:
    encoding = encoding_of(sample) or "latin-1"
    match kind:
        case Kind.JSON:
            return Text(encoding, Json(look.screen))
        case Kind.MARKUP:
            return Text(encoding, Markup(look.screen, part=bool(look.place), spreadsheet=look.spreadsheet))
        case _:
            return Text(encoding, Table(look.screen))
