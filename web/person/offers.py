"""What can be asked for here, as the policy offers it, in the order in which people look for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dsar.policy import Demand, Policy
from dsar.proof import demanded
from dsar.requests import Regime, Right
from dsar.submission import SAID_WITH

GROUPS: dict[str, tuple[Right, ...]] = {
    "see": (Right.ACCESS, Right.KNOW, Right.PORTABILITY),
    "change": (Right.CORRECT, Right.DELETE),
    "stop": (Right.OPT_OUT, Right.WITHDRAW, Right.OBJECT, Right.LIMIT, Right.RESTRICT),
    "disagree": (Right.APPEAL, Right.COMPLAINT),
}
"""The rights, by what a person wants to happen."""

WITH_COPY = frozenset({Right.ACCESS, Right.KNOW, Right.PORTABILITY})
"""The rights whose answer is a download: only for these are ticket and passphrase of any use."""


@dataclass(frozen=True)
class Offers:
    """One company's policy, as far as the pages show it."""

    policy: Policy

    @property
    def rights(self) -> frozenset[Right]:
        """What can be asked for: what the policy names, or everything; consent is taken back where there is one."""
        named = frozenset(self.policy.rights) or frozenset(Right)
        return named if self.policy.consents else named - {Right.WITHDRAW}

    @property
    def groups(self) -> dict[str, list[Right]]:
        """The same, by group; empty groups are left out."""
        offered = {name: [right for right in rights if right in self.rights] for name, rights in GROUPS.items()}
        return {name: rights for name, rights in offered.items() if rights}

    @property
    def laws(self) -> list[Regime]:
        """The laws that a person can name by where they live."""
        return [regime for regime in self.policy.regimes.accepted if regime is not Regime.POLICY]

    def known(self, names: Sequence[str]) -> list[Right]:
        """Those of these names that are offered, each once, in our order."""
        return [right for rights in self.groups.values() for right in rights if right.value in names]

    def need_code(self, rights: Sequence[Right]) -> bool:
        """Whether one of them waits for a code."""
        return any(demanded(right, self.policy) is not Demand.NONE for right in rights)


def takes(name: str, rights: Sequence[Right]) -> bool:
    """Whether a field of the wish says something to one of these rights."""
    return bool(set(SAID_WITH[name]) & set(rights))
