"""The doors for partners that the settings ask for, with what calls the partners back."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from dsar.policy import Controller
from ledger.ledger import Ledger
from web.app import PATIENCE_SECONDS
from web.callbacks import CallingBack
from web.desk import WebDesk
from web.doors import Door
from web.drp.door import DrpDoor
from web.opendsr.door import OpenDsrDoor
from web.opendsr.signing import Signer
from web.partners import Partners


@dataclass(frozen=True)
class PartnerDoors:
    """What the application is given."""

    doors: tuple[Door, ...]
    calling_back: CallingBack | None


def partner_doors(
    desk: WebDesk, ledger: Ledger, partners: Partners, *, us: Controller, public_url: str, now: datetime
) -> PartnerDoors:
    """The doors.

    Raises:
        BadCertificate: the certificate cannot sign for where this server is reached.
    """
    doors: list[DrpDoor | OpenDsrDoor] = []
    if partners.drp:
        doors.append(DrpDoor(desk, ledger.partners, partners.drp, PATIENCE_SECONDS))
    if opendsr := partners.opendsr:
        domain = urlsplit(public_url).hostname or ""
        signer = Signer(opendsr.certificate, opendsr.private_key.get_secret_value(), domain, now)
        doors.append(
            OpenDsrDoor(desk, ledger.partners, opendsr, signer, us=us, public_url=public_url, patience=PATIENCE_SECONDS)
        )
    calling_back = CallingBack(ledger.callbacks, ledger.partners, *doors) if doors else None
    return PartnerDoors(tuple(doors), calling_back)
