"""The words of every letter: a folder for each language, a form for each letter, and what makes mail of them."""

from activities.letter_forms.forms import DEFAULT, LetterForms, Written

__all__ = ["DEFAULT", "LetterForms", "Written"]
