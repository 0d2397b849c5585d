"""The pace of each vendor account, shared by all workers through the ledger."""

import hashlib
import hmac
from functools import partial

from connectors.leased_pace import LeasedPace
from connectors.pace import Pace, Paces
from ledger.ledger import Ledger


def leased_from(ledger: Ledger, key: bytes) -> Paces:
    """Paces whose turns the ledger gives out. It sees a keyed hash of an account, never its credential."""

    def of(account: str, per_second: float) -> Pace:
        name = hmac.new(key, account.encode(), hashlib.sha256).hexdigest()
        return LeasedPace(partial(ledger.paces.lease, name), per_second)

    return of
