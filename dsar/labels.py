"""What a list shows of a record: lists are read over shoulders, and what is sensitive is for the person's own copy."""

from dsar.policy import Policy
from dsar.records import Record


def shown_label(record: Record, policy: Policy) -> str:
    """How a record is called in a list: its label; where it has none, or may not show it, its id.

    A label can say what the data is. Of a category that may reveal health, religion and the like (Cal. Civ. Code
    1798.140(ae)), or that the policy does not know, it is not shown. Ids hold no personal data.
    """
    category = policy.categories.get(record.category)
    hidden = category is None or category.sensitive
    return record.id if hidden else record.label or record.id
