"""A letter's text as a page of HTML: the same words, nothing loaded from anywhere, readable on a phone, in the dark."""

import html
import re

_URL = re.compile(r"https?://[^\s<>\"']+")

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{subject}</title>
<style>
body {{ margin: 0; padding: 1.5rem 1rem; font: 1rem/1.55 system-ui, sans-serif; color: #1c1c1c; background: #fff; }}
main {{ max-width: 36rem; margin: 0 auto; }}
h1 {{ font-size: 1.3rem; line-height: 1.3; margin: 0 0 1.25rem; }}
li {{ margin: 0 0 .4rem; }}
.set {{ font-family: ui-monospace, monospace; font-size: 1.05rem; padding: .75rem 1rem; border-radius: .4rem;
  background: #f0f0f0; overflow-wrap: anywhere; }}
a {{ color: #0b57d0; }}
@media (prefers-color-scheme: dark) {{
  body {{ color: #e8e8e8; background: #161616; }}
  .set {{ background: #2a2a2a; }}
  a {{ color: #8ab4f8; }}
}}
</style>
</head>
<body>
<main>
<h1>{subject}</h1>
{blocks}
</main>
</body>
</html>
"""


def as_html(subject: str, text: str, language: str) -> str:
    """The page. Blocks of the text are told apart by how they stand.

    A line that begins with two spaces and a dash is an item of a list, one with four spaces is set apart (a code, a
    command, a link), everything else is a paragraph. All of it is escaped; of links, only those set apart are live.
    """
    blocks = "\n".join(_block(block) for block in text.strip("\n").split("\n\n"))
    return _PAGE.format(language=html.escape(language), subject=html.escape(subject), blocks=blocks)


def _block(block: str) -> str:
    lines = block.splitlines()
    parts: list[str] = []
    items: list[str] = []
    for line in lines:
        if line.startswith("  - "):
            items.append(f"<li>{html.escape(line[4:])}</li>")
            continue
        parts += _list(items)
        items = []
        parts.append(f'<p class="set">{_live(line.strip())}</p>' if line.startswith("    ") else html.escape(line))
    prose = [part for part in parts if not part.startswith("<")]
    if prose and len(prose) == len(parts):
        parts = ["<p>" + "<br>\n".join(parts) + "</p>"]
    else:
        parts = [part if part.startswith("<") else f"<p>{part}</p>" for part in parts]
    return "\n".join([*parts, *_list(items)])


def _list(items: list[str]) -> list[str]:
    return ["<ul>\n" + "\n".join(items) + "\n</ul>"] if items else []


def _live(text: str) -> str:
    if _URL.fullmatch(text):
        return f'<a href="{html.escape(text)}">{html.escape(text)}</a>'
    return html.escape(text)
