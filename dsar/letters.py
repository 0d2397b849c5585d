"""The letters there are."""

from enum import StrEnum


class LetterKind(StrEnum):
    """Each letter that exists; one of a kind is sent once, however often its step is repeated."""

    ACKNOWLEDGEMENT = "acknowledgement"
    CODE = "code"
    EXTENSION = "extension"
    PAUSE = "pause"
    """Something is asked of the person."""
    RESUMED = "resumed"
    ANSWER = "answer"
    REFUSAL = "refusal"
    """By a person's decision, with reasons."""
    DENIAL = "denial"
    """For want of proof."""
    LIFT = "lift"
    """A restriction is about to end."""
    CANCELLATION = "cancellation"
    RELEASE = "release"
    """What had to be kept has been erased."""
    ALARM = "alarm"
    TASK = "task"
