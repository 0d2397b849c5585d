"""The policy that a request pinned, whatever policy.toml says by now."""

from dsar.policy import Policy
from ledger.ledger import Ledger


class Policies:
    """Policies by digest, kept in the ledger for as long as the requests that they decided."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, Policy] = {}

    async def get(self, digest: str) -> Policy:
        """The policy of this digest."""
        if digest not in self._known:
            self._known[digest] = Policy.model_validate_json(await self._ledger.policies.get(digest))
        return self._known[digest]

    async def remember(self, policy: Policy) -> str:
        """Keep a policy, so that requests can pin it; its digest."""
        if policy.digest not in self._known:
            await self._ledger.policies.remember(policy.digest, policy.model_dump_json())
            self._known[policy.digest] = policy
        return policy.digest
