"""The answer to an access request: one package, built from what the export left in the vault, into the vault."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from temporalio import activity

from activities.copying import file_name
from activities.heartbeat import heartbeating
from activities.pages import export_pages
from activities.policies import Policies
from dsar import disclosures
from dsar.frozen import Frozen
from dsar.identity import Identity
from dsar.others import Others
from dsar.particulars import particulars, statements
from dsar.records import Exported, FileRef
from dsar.redaction import Screen
from dsar.requests import Regime, Right
from ledger.facts import Fact
from ledger.ledger import Ledger
from vault.package import PackageHead, PackageSummary, PackageSystem, WithheldFile, write_package
from vault.vault import Vault

PACKAGE = "package.zip"
"""The vault's name for the finished package."""
WITHHELD = "withheld"
"""The vault's name for the list of files that are not in it: `Withheld`."""


class Pack(Frozen):
    """Order: build the package of a request."""

    request_id: str
    right: Right
    regime: Regime
    policy: str
    received: datetime
    now: datetime
    systems: dict[str, str]
    """Name and title of each system that was asked."""
    notes: dict[str, str]
    """What the person must know of a system, by its name: that it could not be reached, for example."""
    categories: tuple[str, ...] = ()
    """Of what a person copied by hand: it is not in the package, and what it is used for is said all the same."""
    identity: Identity | None = None
    """All that the person is known by: whoever else is in the data is somebody else. Without it, nobody is."""


class Withheld(Frozen):
    """The files that a person has to look at before they can be sent. Personal data: their names."""

    files: tuple[WithheldFile, ...]


class Packages:
    """Builds packages."""

    def __init__(self, vault: Vault, ledger: Ledger, policies: Policies) -> None:
        self._vault = vault
        self._ledger = ledger
        self._policies = policies

    @activity.defn
    async def pack(self, order: Pack) -> PackageSummary:
        """Write the package, encrypted as it is written; a repeat replaces it whole."""
        policy = await self._policies.get(order.policy)
        controller = policy.controller
        head = PackageHead(
            request_id=order.request_id,
            right=order.right,
            regime=order.regime,
            received=order.received,
            answered=order.now,
            controller=controller.name,
            contact=controller.contact,
            notes=statements(policy, order.regime),
            rights=disclosures.rights(order.regime, controller),
            purposes=disclosures.purposes(policy),
            particulars=particulars(policy),
            categories=order.categories,
        )
        screen = Screen(Others(order.identity, controller.contact) if order.identity else None)
        systems = [self._system(order, name, title) for name, title in order.systems.items()]
        async with heartbeating():
            built = write_package(head, systems, screen)
            await self._vault.write(order.request_id, PACKAGE, built.chunks())
            if built.withheld:
                await self._vault.put_model(order.request_id, WITHHELD, Withheld(files=tuple(built.withheld)))
        facts: dict[str, Fact] = {
            "records": built.summary.records,
            "files": built.summary.files,
            "digest": self._ledger.digests.of(built.summary.sha256),
            **{f"files withheld, {system}": number for system, number in built.summary.withheld.items()},
            **{f"not shown, {kind}": number for kind, number in built.summary.taken_out.items()},
        }
        await self._ledger.journal.append(order.request_id, "package", "package sealed", facts)
        return built.summary

    def _system(self, order: Pack, name: str, title: str) -> PackageSystem:
        kept = export_pages(self._vault, order.request_id, name)
        only: list[Sequence[Exported]] = []  # it is read three times; more pages than one are not held in memory

        async def pages() -> AsyncIterator[Sequence[Exported]]:
            if only:
                yield only[0]
                return
            done = await kept.done()
            for number in range(done):
                items = (await kept.get(number)).items
                if done == 1:
                    only.append(items)
                yield items

        def open_file(file: FileRef) -> AsyncIterator[bytes]:
            return self._vault.stream(order.request_id, file_name(name, file))

        notes = (order.notes[name],) if name in order.notes else ()
        return PackageSystem(name=name, title=title, pages=pages, open_file=open_file, notes=notes)
