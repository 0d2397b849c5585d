"""What a file looks like when it leaves: filtered in its own form, or withheld, by what it is and not by its name."""

import base64
import bz2
import gzip
import json
import lzma
import re
import tracemalloc
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from email.message import EmailMessage
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.forbidden_kinds import Forbidden
from tests.unit.outbound_rig import BOB, CARD, MINE, PLANTED, SSN, clean, now, screen, sent, stream, unzipped, zipped
from vault.outbound.files import Reason, Verdict, examined, filtered
from vault.outbound.structures import Json
from vault.outbound.text import Window

DOCUMENT = (
    '<?xml version="1.0"?><w:document xmlns:w="w"><w:body><w:p><w:r><w:t>Ada\'s notes. SSN </w:t></w:r>'
    '<w:r w:rsidR="1"><w:rPr><w:b/></w:rPr><w:t>123-45</w:t></w:r><w:proofErr w:type="x"/><w:r><w:t>-6789, pass</w:t>'
    "</w:r><w:r><w:t>word: hun</w:t></w:r><w:r><w:t>ter2</w:t></w:r></w:p>"
    f"<w:p><w:r><w:t>card {CARD}, ask bob.jones&#64;acme.example or hello@opensession.co, answer to {MINE}. "
    'The end.</w:t></w:r></w:p><w:ins w:author="Bob Jones" w:id="1"/></w:body></w:document>'
)
WORD: dict[str, bytes | str] = {
    "[Content_Types].xml": "<?xml version='1.0'?><Types/>",
    "word/document.xml": DOCUMENT,
    "docProps/core.xml": "<cp:coreProperties><dc:creator>Bob Jones</dc:creator></cp:coreProperties>",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
async def test_a_text_is_filtered_in_the_encoding_that_it_has(encoding: str) -> None:
    """All that is not taken out stays, letter for letter; a mark of the encoding, too."""
    text = "Größe: " + PLANTED

    verdict, out = await sent(text.encode(encoding))

    assert verdict == Verdict()
    assert out.decode(encoding).startswith("Größe: Ada's")
    clean(out.decode(encoding))


async def test_a_file_without_anything_to_hide_is_the_same_file() -> None:
    """Byte for byte: also one that is no valid text."""
    for data in (b"", b"plain", b"\xff\xfe\xfa odd \x80\x81 bytes", b'{"a": 1.10}', b"<p>a < b &amp; c</p>"):
        verdict, out = await sent(data)

        assert verdict.withheld is None
        assert out == data


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([SSN, CARD, "password: hunter2 ", BOB, "x" * 40, " ", "\n", "word ", "é"]), max_size=60),
    st.integers(1, 200),
)
def test_it_makes_no_difference_where_blocks_and_windows_end(parts: list[str], block: int) -> None:
    """A find across a border is found once and whole."""
    text = " ".join(parts)
    whole, parted = Window(screen()), Window(screen(), window=64, reach=6_000)
    expected = whole.feed(text) + whole.close()

    shown = "".join(parted.feed(text[at : at + block]) for at in range(0, len(text), block)) + parted.close()

    assert shown == expected


async def test_a_find_across_the_border_of_two_windows_is_found() -> None:
    """At every offset around it."""
    for offset in range(0, 40, 3):
        data = ("x " * 32_768)[: 65_536 - 30 + offset] + f" {SSN} " + "y " * 40_000

        _, out = await sent(data.encode(), block=65_536)

        assert SSN.encode() not in out
        assert out.count(b"[held, not shown: social security number]") == 1
        assert len(out) == len(data) - len(SSN) + len("[held, not shown: social security number]")


async def test_memory_does_not_grow_with_the_file() -> None:
    """Five times the text, the same memory."""

    async def text(blocks: int) -> AsyncIterator[bytes]:
        for _ in range(blocks):
            yield (PLANTED * 600).encode()[:65_536]

    async def peak(blocks: int) -> int:
        tracemalloc.start()
        try:
            async for _ in filtered(text(blocks), screen(), Verdict()):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    await peak(1)

    assert await peak(15) < 1.3 * await peak(3) + 500_000


JSONS = {
    "document": json.dumps({"a": {"password": "hunter2", "note": PLANTED}, "card_number": int(CARD.replace(" ", ""))}),
    "pretty": json.dumps([{"ssn": 123456789, "note": PLANTED}], indent=4),
    "lines": "".join(json.dumps({"password": "hunter2", "n": n, "note": PLANTED}) + "\n" for n in range(3)),
    "twice": '{"note": "' + PLANTED.strip() + '", "note": "x"}',
    "deep": "[" * 900 + json.dumps(PLANTED) + "]" * 900,
    "broken": '{"password": "hunter2", "note": "' + PLANTED.strip(),
}


@pytest.mark.parametrize("text", JSONS.values(), ids=JSONS.keys())
async def test_json_stays_json(text: str) -> None:
    """What a key names is taken out with its structure kept; a key that stands there twice hides nothing."""
    _, out = await sent(text.encode())

    clean(out)
    assert b"123456789" not in out
    assert b"4111111111111111" not in out
    if "note" in text and text.endswith(("}", "]")):
        json.loads(out)


def test_json_that_is_too_large_to_be_read_whole_is_read_by_its_keys() -> None:
    """Short values are taken out; with a structure under such a key, the file is withheld."""
    by = screen()
    reader = Json(by, largest=1_000)
    text = json.dumps({"fill": ["x" * 50] * 200, "ssn": 123456789, "password": 'hun"ter2', "note": PLANTED})

    out = "".join(reader.feed(text[at : at + 100]) for at in range(0, len(text), 100)) + reader.close()

    clean(out)
    assert json.loads(out)["ssn"] == "[held, not shown: social security number]"
    assert json.loads(out)["password"] == "[held, not shown: password or key]"
    nested, text = Json(by, largest=1_000), json.dumps({"fill": "x" * 5_000, "face_embedding": [0.1] * 9})
    with pytest.raises(Exception, match="never sent"):
        _ = nested.feed(text) + nested.close()


async def test_a_table_is_filtered_by_its_columns() -> None:
    """A value far below the column's name; what has commas and quotes in it stays one cell."""
    rows = 'name,email,ssn,"note, long"\n"Jones, Bob",bob.jones@acme.example,123456789,"a ""b"", c"\n' + (
        "Ada Lovelace,ada@example.com,,fine\n" * 3
    )

    _, out = await sent(rows.encode())

    lines = out.decode().split("\n")
    assert lines[0] == 'name,email,ssn,"note, long"'
    assert lines[1] == '[another person],[another person],"[held, not shown: social security number]","a ""b"", c"'
    assert lines[2:] == [*["Ada Lovelace,ada@example.com,,fine"] * 3, ""]


async def test_an_open_quote_costs_no_more_than_any_text() -> None:
    """A table that never ends its cell, however many lines it has."""
    data = 'name,ssn\n"' + "x\n" * 300_000 + "SSN 123-45-6789"

    _, out = await sent(data.encode(), block=65_536)

    assert b"123-45-6789" not in out
    assert len(out) > 600_000


async def test_a_row_that_we_write_carries_nothing_out() -> None:
    """A spreadsheet would run a cell that starts like a formula: in a row that was changed, it is text."""
    rows = "id,password,note\n1,hunter2,=HYPERLINK(A1)\n2,,=1+1\n3,x9,-12.50\n"

    _, out = await sent(rows.encode())

    assert out.decode().split("\n")[1:4] == [
        '1,"[held, not shown: password or key]",\'=HYPERLINK(A1)',
        "2,,=1+1",
        '3,"[held, not shown: password or key]",-12.50',
    ]


async def test_html_and_xml_are_read_as_people_read_them() -> None:
    """Across tags, through entities, in attributes and in elements with telling names; every tag stays."""
    page = (
        "<!doctype html><html><body><p title='SSN 123-45-6789'>Ada's notes. My <b>SSN</b>: 123<i>-45</i>-6789</p>"
        f"<table><tr><td>Password</td><td>hunter2</td></tr></table><a href='mailto:{BOB}'>x</a>"
        f"<input name='password' value='hunter2'><p>{CARD.replace(' ', '&nbsp;')} hello@opensession.co {MINE} "
        "The end.</p></body></html>"
    )
    data = "<?xml version='1.0'?><p><password>hunter2</password><author>Bob Jones</author><ssn>123456789</ssn>"
    data += "Ada's notes. hello@opensession.co ada@example.com The end.</p>"

    _, shown = await sent(page.encode())
    _, xml = await sent(data.encode())

    clean(shown)
    clean(xml)
    assert b"123<i>" not in shown
    assert shown.count(b"<i>") == shown.count(b"</i>") == 1
    assert b"Bob Jones" not in xml
    assert b"123456789" not in xml
    assert b"4111" not in shown


async def test_xml_stays_well_formed() -> None:
    """Whatever is replaced, and whichever quotes are around it."""
    data = (
        "<?xml version='1.0'?><p a='passport X1234567' b=\"it's passport X1234567\"><c passport='x1'>driver's licence "
        "D1234567 &amp; <![CDATA[password: hunter2]]></c><password><![CDATA[hunter2]]></password></p>"
    )

    _, out = await sent(data.encode())

    ET.fromstring(out)  # noqa: S314 - our own
    for secret in (b"X1234567", b"x1", b"D1234567", b"hunter2"):
        assert secret not in out


async def test_a_word_document_is_put_together_again_without_what_must_not_leave() -> None:
    """Words that are in pieces, properties and remarks, too; all parts are there, in their order."""
    verdict, out = await sent(zipped(WORD))

    parts = unzipped(out)
    assert verdict == Verdict()
    assert list(parts) == list(WORD)
    said = parts["word/document.xml"].decode()
    clean(said)
    assert "-6789" not in said
    assert "ter2" not in said
    assert "acme" not in said
    assert said.count("<w:r>") + said.count("<w:r ") == said.count("</w:r>")
    assert b"Bob Jones" not in b"".join(parts.values())


async def test_a_spreadsheet_with_a_column_that_must_not_be_shown_is_withheld() -> None:
    """A cell does not know what its column is called."""
    sheet = zipped(
        {
            "[Content_Types].xml": "<?xml version='1.0'?><T/>",
            "xl/sharedStrings.xml": "<?xml version='1.0'?><sst><si><t>SSN</t></si></sst>",
        }
    )

    verdict, _ = await sent(sheet)

    assert verdict.withheld is Reason.FORBIDDEN


async def test_archives_in_archives_are_filtered() -> None:
    """Each file in its own form; stored or packed; names too; nothing unpacks outside of its folder."""
    inner = zipped({"a/notes.txt": PLANTED, "deep.gz": gzip.compress(PLANTED.encode())}, zipfile.ZIP_STORED)
    outer = zipped({"in.zip": inner, "Bob <bob.jones@acme.example>.txt": "x", "../../up.txt": PLANTED, "empty/": ""})

    verdict, out = await sent(outer, block=17)

    parts = unzipped(out)
    within = unzipped(parts["in.zip"])
    assert verdict == Verdict()
    clean(within["a/notes.txt"])
    clean(gzip.decompress(within["deep.gz"]))
    clean(parts["up.txt"])
    assert set(parts) == {"in.zip", "[another person].txt", "up.txt", "empty/"}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
async def test_packed_files_are_filtered(pack: object) -> None:
    """Unpacked, filtered, packed again; also several that follow one another."""
    packed = pack(PLANTED.encode()) + pack(b"and more")  # type: ignore[operator]
    unpack = {"gzip": gzip.decompress, "bz2": bz2.decompress, "lzma": lzma.decompress}[pack.__module__.strip("_")]

    _, out = await sent(packed, block=11)

    clean(unpack(out))
    assert unpack(out).endswith(b"and more")


async def test_what_must_stay_in_an_archive_is_replaced_by_a_note() -> None:
    """Only that file; whoever opens the archive reads why."""
    locked = zipped({"a.7z": b"7z\xbc\xaf\x27\x1c" + b"x" * 50, "good.txt": PLANTED})

    verdict, out = await sent(locked)

    parts = unzipped(out)
    assert verdict.inner == {(0,): Reason.UNKNOWN}
    assert parts["a.7z.withheld.txt"] == f"This file is withheld: {Reason.UNKNOWN}.\n".encode()
    clean(parts["good.txt"])


def pdf(*streams: bytes, extra: bytes = b"") -> bytes:
    body = b"%PDF-1.7\n" + extra
    for number, content in enumerate(streams, start=10):
        packed = zlib.compress(content)
        body += b"%d 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n" % (number, len(packed)) + packed
        body += b"\nendstream\nendobj\n"
    return body + b"trailer << /Root 1 0 R >>\n%%EOF"


CMAP = b"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0003> <005C> <0020> endbfrange"
FONT = b"5 0 obj << /Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 10 0 R >> endobj\n"
PAGE = b"6 0 obj << /Font << /F1 5 0 R >> >> endobj\n"


def glyphs(text: str) -> bytes:
    return b"<" + b"".join(b"%04X" % (ord(char) - 0x20 + 3) for char in text) + b">"


PDFS = {
    "letters": (pdf(b"BT /F1 12 Tf (SSN 123-45-6789) Tj ET"), Reason.FORBIDDEN),
    "in pieces": (pdf(b"BT [(SSN 123-) -20 (45-67) 15 (89)] TJ ET"), Reason.FORBIDDEN),
    "escaped": (pdf(rb"BT (pass\167ord: hunter2 \(x\)) Tj ET"), Reason.FORBIDDEN),
    "others": (pdf(b"BT (ask bob.jones@acme.example) Tj ET"), Reason.OTHERS),
    "glyphs": (
        pdf(CMAP, b"BT /F1 12 Tf " + glyphs("SSN 123-45-6789") + b" Tj ET", extra=FONT + PAGE),
        Reason.FORBIDDEN,
    ),
    "glyphs, harmless": (pdf(CMAP, b"BT /F1 9 Tf " + glyphs("Invoice 12") + b" Tj ET", extra=FONT + PAGE), None),
    "no meaning": (
        pdf(b"BT /F1 12 Tf <00240025> Tj ET", extra=FONT.replace(b"/ToUnicode 10 0 R", b"") + PAGE),
        Reason.UNREADABLE,
    ),
    "encrypted": (pdf(b"x", extra=b"9 0 obj << /Encrypt 8 0 R >> endobj\n"), Reason.LOCKED),
    "properties": (pdf(b"q Q", extra=b"2 0 obj << /Author (Bob <bob.jones@acme.example>) >> endobj\n"), Reason.OTHERS),
    "a picture": (pdf(b"q 100 0 0 100 0 0 cm /Im1 Do Q"), None),
    "harmless": (pdf(b"BT (Invoice 2026-001 for ada@example.com, $ 1,200.00) Tj ET"), None),
    "other packing": (pdf(b"x").replace(b"/FlateDecode", b"/LZWDecode"), Reason.UNREADABLE),
}


@pytest.mark.parametrize(("data", "reason"), PDFS.values(), ids=PDFS.keys())
async def test_a_pdf_leaves_whole_or_not_at_all(data: bytes, reason: Reason | None) -> None:
    """Its text is read as far as the file says how."""
    verdict, out = await sent(data)

    assert verdict.withheld is reason
    assert out == (b"" if reason else data)


def letter() -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Bob Jönes <{BOB}>"
    mail["To"] = f"Ada Lovelace <{MINE}>"
    mail["Subject"] = "Your SSN 123-45-6789"
    mail["Message-ID"] = "<123@mail.example>"
    mail.set_content(PLANTED, cte="base64")
    mail.add_alternative(f"<html><p>{PLANTED}</p></html>", subtype="html", cte="quoted-printable")
    mail.add_attachment(zipped({"n.txt": PLANTED}), maintype="application", subtype="zip", filename="n.zip")
    return mail.as_bytes()


async def test_a_letter_is_filtered_in_every_part_of_it() -> None:
    """Headers in code words, bodies in base64, attachments; one letter or a whole mailbox."""
    mailbox = b"From x\n" + letter() + b"\n\nFrom y\n" + letter() + b"\n"

    for data in (letter(), mailbox):
        _, out = await sent(data)

        assert b"<123@mail.example>" in out
        assert MINE.encode() in out
        for secret in (SSN.encode(), BOB.encode(), b"=?utf-8?"):
            assert secret not in out
        for packed in re.findall(rb"base64\r?\n(?:[^\n]+\n)*\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)", out):
            plain = base64.b64decode(packed)
            clean(unzipped(plain)["n.txt"] if plain.startswith(b"PK") else plain)


MEDIA = [b"\x89PNG\r\n\x1a\n" + b"x" * 99, b"\xff\xd8\xff\xe0 SSN 123-45-6789", b"\0\0\0\x18ftypmp42" + b"x" * 50]


@pytest.mark.parametrize("data", MEDIA)
async def test_pictures_sound_and_video_leave_as_they_are(data: bytes) -> None:
    """They are not looked into, and that is said."""
    verdict, out = await sent(data)

    assert verdict == Verdict(as_it_is=True)
    assert out == data


BINARIES = [
    (
        b"\xd0\xcf\x11\xe0" + bytes(range(256)) * 300 + b"the SSN is 123-45-6789 of someone" + bytes(900),
        Reason.FORBIDDEN,
    ),
    (bytes(256) + "my password: hunter2 is old".encode("utf-16-le") + bytes(500), Reason.FORBIDDEN),
    (bytes(256) + b"a letter to bob.jones@acme.example" + bytes(500), Reason.OTHERS),
    (b"\xd0\xcf\x11\xe0" + bytes(99) + "EncryptedPackage".encode("utf-16-le") + bytes(99), Reason.LOCKED),
    (bytes(range(256)) * 900, None),
    (b"Rar!\x1a\x07" + bytes(99), Reason.UNKNOWN),
]


@pytest.mark.parametrize(("data", "reason"), BINARIES)
async def test_other_files_leave_whole_or_not_at_all(data: bytes, reason: Reason | None) -> None:
    """Text that stands in them is looked through."""
    verdict, out = await sent(data)

    assert verdict.withheld is reason
    assert out == (b"" if reason else data)


ZEROS = b"\0" * 60_000_000


def nested() -> bytes:
    inner = zipped({"0.txt": "x"})
    for n in range(8):
        inner = zipped({f"{n}.zip": inner})
    return inner


BOMBS: dict[str, Callable[[], bytes]] = {
    "zip": lambda: zipped({"zeros.txt": ZEROS}),
    "gzip": lambda: gzip.compress(ZEROS),
    "nested": nested,
    "word": lambda: zipped({**WORD, "word/media/x.xml": b"<?xml version='1.0'?>" + b"a " * 25_000_000}),
    "pdf": lambda: pdf(ZEROS),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
async def test_what_would_unpack_without_end_is_withheld(bomb: Callable[[], bytes]) -> None:
    """Not unpacked to find out how large it is."""
    verdict, _ = await sent(bomb(), block=65_536)

    assert verdict.withheld in {Reason.UNPACKS_TOO_LARGE, Reason.TOO_LARGE}


def corpus() -> list[bytes]:
    return [
        zipped(WORD),
        zipped({"a.txt": PLANTED}),
        gzip.compress(PLANTED.encode()),
        pdf(b"BT (hello) Tj ET"),
        letter(),
        PLANTED.encode("utf-16"),
        PDFS["glyphs"][0],
    ]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 6), st.integers(0, 5_000), st.binary(min_size=1, max_size=6), st.booleans())
def test_a_damaged_file_is_withheld_or_filtered_and_never_stops_the_package(
    which: int, at: int, noise: bytes, cut: bool
) -> None:
    """Whatever is in it: no failure but a verdict."""
    data = corpus()[which]
    at %= len(data)
    broken = data[:at] + noise + (b"" if cut else data[at + len(noise) :])

    verdict, out = now(broken)

    assert verdict.withheld is None or out == b""


async def test_what_was_taken_out_is_counted_by_kind_and_once() -> None:
    """The first look, which only decides, does not count."""
    by = screen()

    await sent(zipped({"a.txt": PLANTED}), by)

    assert by.found == {Forbidden.SSN: 1, Forbidden.ACCOUNT: 1, Forbidden.PASSWORD: 1, "another person": 1}


async def test_a_file_is_closed_however_its_examination_ends() -> None:
    """A verdict at the first bytes does not leave the stream open."""
    closed = []

    async def content() -> AsyncIterator[bytes]:
        try:
            async for block in stream(b"\x89PNG\r\n\x1a\n" + bytes(200_000), 1_000):
                yield block
        finally:
            closed.append(True)

    await examined(content(), screen())

    assert closed == [True]
