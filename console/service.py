"""The web process."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors import catalogue
from connectors.connector import SystemConfig
from connectors.opendsr_config import CALLBACKS, OpenDsrConfig
from console.call import Call
from console.commands import Commands
from console.mailbox import reading
from foundation import key_for
from intake.desk import Desk
from intake.engine import Engine
from intake.looking_again import LookingAgain
from settings import BadSettings, Settings, is_loopback, read_partners
from vault.codec import decode_payloads

if TYPE_CHECKING:
    from web.partner_doors import PartnerDoors
    from web.staff.pages import StaffPages


async def serve(call: Call) -> int:
    """Open the web door until stopped."""
    from web.app import build  # noqa: PLC0415 - the command line needs no web framework
    from web.codec import Codec  # noqa: PLC0415
    from web.opendsr.hearing import hearing  # noqa: PLC0415
    from web.serving import serve as run  # noqa: PLC0415

    configured = call.settings
    partners = _partners(call)
    looking = LookingAgain(Engine(call.foundation.connect, configured.task_queue), call.foundation.ledger.requests)
    codec = None
    if configured.codec_token or configured.codec_open:
        codec = Codec(
            decode=partial(decode_payloads, call.foundation.keys),
            origin=configured.ui_origin,
            token=configured.codec_token.get_secret_value() if configured.codec_token else None,
        )
    async with hearing(called_by(configured), looking.in_system) as doors, reading(call):
        app = build(
            call.desk,
            controller=configured.policy.controller,
            public_url=configured.public_url,
            webhook_secrets=[secret.get_secret_value() for secret in configured.webhook_secrets],
            codec=codec,
            policy=configured.policy,
            form_key=key_for(configured, "forms"),
            doors=(*doors, *partners.doors, *staff_pages(call.desk, configured)),
            calling_back=partners.calling_back,
        )
        await run(app, configured.host, configured.port)
    return 0


def staff_pages(desk: Desk, configured: Settings) -> "tuple[StaffPages, ...]":
    """The pages for our own people, if anybody may sign in.

    Raises:
        BadSettings: passwords could be overheard, or an account cannot be read.
    """
    from web.staff.accounts import parsed  # noqa: PLC0415
    from web.staff.pages import StaffPages  # noqa: PLC0415

    if not (accounts := configured.staff.get_secret_value()):
        return ()
    address = urlsplit(configured.public_url)
    https = address.scheme == "https"
    if not https and not is_loopback(address.hostname or ""):
        raise BadSettings("HABEAS_STAFF: nobody signs in without encryption: HABEAS_PUBLIC_URL must begin with https:")
    try:
        known = parsed(accounts)
    except ValueError as error:
        raise BadSettings(f"HABEAS_STAFF: {error}") from None
    return (StaffPages(desk, configured.policy, known, https=https, key=key_for(configured, "staff pages")),)


def called_by(configured: Settings) -> dict[str, SystemConfig]:
    """The entries of systems.toml, if those who are to call us were told where we are.

    Raises:
        BadSettings: an entry names another address.
    """
    entries, _ = catalogue.read(configured.systems)
    ours = configured.public_url.rstrip("/") + CALLBACKS
    for name, entry in entries.items():
        if isinstance(entry, OpenDsrConfig) and entry.callback_url not in {None, ours + name}:
            raise BadSettings(f"[{name}] callback_url: must be {ours}{name}, by HABEAS_PUBLIC_URL")
    return entries


def _partners(call: Call) -> "PartnerDoors":
    """The doors of partners.toml, if there is one."""
    from web.opendsr.signing import BadCertificate  # noqa: PLC0415
    from web.partner_doors import PartnerDoors, partner_doors  # noqa: PLC0415

    configured = call.settings
    if configured.partners_file is None:
        return PartnerDoors((), None)
    try:
        return partner_doors(
            call.desk,
            call.foundation.ledger,
            read_partners(configured.partners_file),
            us=configured.policy.controller,
            public_url=configured.public_url,
            now=datetime.now(UTC),
        )
    except BadCertificate as error:
        raise BadSettings(f"{configured.partners_file}: [opendsr] {error}") from None


def add(commands: Commands) -> None:
    """Register serve."""
    commands.founded("serve", serve)
