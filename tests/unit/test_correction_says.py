"""When a system says what the person wants it to say, though it writes values in its own way."""

import pytest

from dsar.correction import Field, says


@pytest.mark.parametrize(
    ("field", "found", "wished"),
    [
        (Field.EMAIL, "ada@example.com", " Ada@Example.com"),
        (Field.PHONE, "(404) 555-0100", "404 555 0100"),
        (Field.NAME, "Ada  Lovelace ", "Ada Lovelace"),
        (Field.NAME, "Zoe\u0308", "Zo\u00eb"),
        (Field.ADDRESS, "12 Main St, Springfield, IL, 62701, US", "12 Main St\nSpringfield IL 62701"),
        (Field.ADDRESS, "Straße 1, 10115 Berlin", "STRASSE 1 10115 BERLIN"),
        (Field.COMPANY, "Engines & Co.", "Engines & Co."),
        (Field.COMPANY, "", ""),
    ],
)
def test_one_value_may_be_written_in_several_ways(field: Field, found: str, wished: str) -> None:
    """What a vendor adds or moves when it stores a value is no difference."""
    assert says(field, found, wished)


@pytest.mark.parametrize(
    ("field", "found", "wished"),
    [
        (Field.EMAIL, "ada+news@example.com", "ada@example.com"),
        (Field.PHONE, "404 555 0101", "404 555 0100"),
        (Field.PHONE, "", "unlisted"),
        (Field.NAME, "ada lovelace", "Ada Lovelace"),
        (Field.ADDRESS, "12 Main St, Springfield, IL", "12 Main St, Springfield, IL, 62701"),
        (Field.ADDRESS, "112 Main St", "12 Main St"),
        (Field.ADDRESS, "", "?"),
        (Field.COMPANY, "Engines", "Engines Ltd"),
    ],
)
def test_another_value_is_another_value(field: Field, found: str, wished: str) -> None:
    """Also one in capitals: how a name is written may be just what is wrong."""
    assert not says(field, found, wished)
