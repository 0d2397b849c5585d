"""What a list shows of a record: lists are read over shoulders, and what is sensitive is for the person's copy."""

from dsar.policy import Policy
from dsar.records import Record

HIDDEN = "(sensitive, not shown)"


def shown_label(record: Record, policy: Policy) -> str:
    """How a record is called in a list: its label, or its id where it has none.

    A category that may reveal health, religion and the like (Cal. Civ. Code 1798.140(ae)), or that the policy does not
    know, shows neither: both can say what the data is.
    """
    category = policy.categories.get(record.category)
    if category is None or category.sensitive:
        return HIDDEN
    return record.label or record.id
