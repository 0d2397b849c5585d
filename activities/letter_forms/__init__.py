"""The words of every letter, a folder a language; `forms.py` fills them in."""
