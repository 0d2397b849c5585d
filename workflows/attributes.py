"""The typed search attributes by which ops find a request in the Temporal UI. No personal data, ever."""

from temporalio.common import SearchAttributeKey

STATE = SearchAttributeKey.for_keyword("HabeasState")
RIGHT = SearchAttributeKey.for_keyword("HabeasRight")
REGIME = SearchAttributeKey.for_keyword("HabeasRegime")
DUE = SearchAttributeKey.for_datetime("HabeasDue")

ALL = (STATE, RIGHT, REGIME, DUE)
"""Registered with the engine before the first request."""
