"""S3's rig over moto: the same bucket as on SeaweedFS, on a server of other people's."""

from typing import ClassVar

from standins.seaweed import Endpoint
from tests.contract.rigs.s3_seaweed import S3SeaweedRig

PAGES = (
    "moto sends an answer without a body, and its 404 to HEAD, as text/html; S3 sends no such thing, so the connector "
    "takes both for a gateway's page and is told to try later"
)
WITH_TAGS = (
    "test_what_is_withheld_is_put_back_exactly[restrict]",
    "test_withholding_and_restoring_may_be_repeated[restrict]",
    "test_what_was_withheld_can_be_erased[restrict]",
)


class S3MotoRig(S3SeaweedRig):
    """A bucket with versions and object lock.

    Impossible here, as there: everything that breaks it.
    """

    name = "s3_moto"
    exempt: ClassVar[dict[str, str]] = dict.fromkeys(WITH_TAGS, PAGES) | {
        "test_exporting_what_is_gone_is_exporting_less": PAGES,
        "test_what_is_erased_during_a_walk_hides_nothing_else": (
            "moto looks for the very version that a page ended with; when it is gone, every page behind it is empty"
        ),
    }

    def __init__(self, address: str) -> None:
        self._address = address

    async def server(self) -> Endpoint:
        """Moto knows no accounts: any key will do."""
        return Endpoint(self._address)
