"""The pages for the data subject: ask, follow, opt out. Plain HTML forms: no script, and nothing is decided here."""
