"""Text of unknown origin made safe to show: nothing in it can move a cursor, reorder a line or hide from a reader.

Model text and stdout of experiments may hold terminal escapes (which can retitle a window or forge output) and
Unicode controls that reorder or hide text ("Trojan Source", CVE-2021-42574). They are shown as visible escapes.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed (carriage return can overwrite a line)
    "\u00ad\u061c\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"  # hidden, joining, reordering
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f"  # that nothing is seen of: fillers, variations
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # of shorthand and of musical notes
    "\U000e0000-\U000e0fff"  # tags (invisible ASCII) and further variations
    "\ud800-\udfff"
    "]"
)


def clean(text: str, *, limit: int | None = None) -> str:
    r"""The text with every unsafe character as a visible escape (`\x1b`, `\u202e`), cut to `limit` characters.

    A carriage return before a line feed goes away; tab and line feed stay.
    """
    text = text.replace("\r\n", "\n")
    if limit is not None and len(text) > limit:
        text = text[:limit] + f"\n[{len(text) - limit} more characters]"
    return _UNSAFE.sub(_escape, text)


def clean_line(text: str, *, limit: int = 200) -> str:
    """As `clean`, on one line: runs of white space become a space, and what is over `limit` becomes an ellipsis."""
    line = " ".join(clean(text[: 4 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def clean_json(text: str) -> str:
    """JSON that means the same, with every unsafe character (they stand inside its strings alone) as a JSON escape."""
    return _UNSAFE.sub(_escape_json, text)


def _escape_json(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
