"""What a plain-text reply holds: experiments, inputs, a submission, or a problem. Nothing of it is executed."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import Literal

from findbench.harness.model import Reply
from findbench.harness.schema import Interpretation

Problem = Literal["empty", "cut", "format", "refusal", "arguments"]
PARTS = ("description", "domain", "code")
MAX_TEXT = 200_000
"""Characters of a reply that are read; a longer one is a model gone astray."""


@dataclass(frozen=True)
class Request:
    """An experiment's code, or the list of inputs where a model only names those, as the model wrote it."""

    text: str
    call: str = ""
    """Id of the tool call it came by; empty in plain text."""


@dataclass(frozen=True)
class Reading:
    """What one reply asks for. Experiments run before a submission beside them counts."""

    requests: tuple[Request, ...] = ()
    submission: Interpretation | None = None
    whole: bool = True
    """False: the submission was cut off; a better one is asked for, this one is kept as the last resort."""
    problem: Problem | None = None
    """Why there is neither a request nor a whole submission."""
    detail: str = ""


@dataclass(frozen=True)
class Fence:
    """A fenced block."""

    label: str
    text: str
    closed: bool


def read_text(reply: Reply, *, code: bool = True) -> Reading:
    """What `reply.text` asks for. `code`: experiments are fenced Python, else lists of inputs between tags."""
    cut = reply.finish == "length"
    if reply.refusal or reply.finish == "content_filter":
        return Reading(problem="refusal")
    text = visible(reply.text)
    if not text.strip():
        return Reading(problem="cut" if cut else "empty")
    submission, whole, rest = _submission(text, cut=cut)
    found = _python(rest, cut=cut) if code else _inputs(rest, cut=cut)
    requests = tuple(Request(item) for item in dict.fromkeys(found))  # a block that repeats is one experiment
    if requests or (submission and whole):
        return Reading(requests, submission, whole)
    return Reading((), submission, whole, problem="cut" if cut else "format")


def salvage(reply: Reply) -> Interpretation | None:
    """The best that a last reply gives without the asked-for form: prose as description, the last Python as code."""
    text = visible(reply.text)
    fences = [
        fence
        for fence in _fences(text)
        if fence.label in _PYTHON and ("predict" in fence.text or "TABLE" in fence.text)
    ]
    outside = _outside(text).strip()
    if not outside and not fences:
        return None
    return Interpretation(description=outside[:20_000], code=fences[-1].text if fences else "")


def visible(text: str) -> str:
    """The text without what a reasoning model thought aloud in tags: thoughts hold drafts, drafts are no replies."""
    text = text[:MAX_TEXT]
    for tag in ("think", "thinking"):
        opening, closing = f"<{tag}>", f"</{tag}>"
        kept = []
        if closing in text and (opening not in text or text.find(closing) < text.find(opening)):
            text = text[text.find(closing) + len(closing) :]  # the chat template had opened it
        while opening in text:
            before, _, rest = text.partition(opening)
            kept.append(before)
            _, _, text = rest.partition(closing)
        text = "".join([*kept, text])
    return text


# -- fences ------------------------------------------------------------------------------------------------------------

_PYTHON = frozenset({"", "python", "py", "python3", "ipython", "tool_code", "code"})
_OPEN = re.compile(r"[ \t]{0,8}(`{3,}|~{3,})[ \t]*([\w+-]*)[ \t]*(.*)")


def _fences(text: str) -> list[Fence]:
    fences: list[Fence] = []
    lines: list[str] = []
    mark, label = "", ""
    for line in _lines(text):
        if mark:
            if line.strip().startswith(mark) and not line.strip().strip(mark[0]):
                fences.append(Fence(label, textwrap.dedent("\n".join(lines)), closed=True))
                mark = ""
            else:
                lines.append(line)
            continue
        opened = _OPEN.match(line)
        if opened:
            mark, label, rest = opened[1], opened[2].lower(), opened[3].rstrip()
            lines = [rest] if rest else []
            if rest.endswith(mark):  # all on one line
                fences.append(Fence(label, rest[: -len(mark)].strip(), closed=True))
                mark = ""
    if mark:
        fences.append(Fence(label, textwrap.dedent("\n".join(lines)), closed=False))
    return [fence for fence in fences if fence.text.strip()]


def _lines(text: str) -> list[str]:
    """Lines as Python counts them in source; `splitlines` would also break string literals at odd separators."""
    return text.replace("\r\n", "\n").split("\n")


def _outside(text: str) -> str:
    kept, mark = [], ""
    for line in _lines(text):
        opened = _OPEN.match(line)
        if mark:
            if line.strip().startswith(mark) and not line.strip().strip(mark[0]):
                mark = ""
        elif opened:
            mark = "" if opened[3].rstrip().endswith(opened[1]) else opened[1]
        else:
            kept.append(line)
    return "\n".join(kept)


def _python(text: str, *, cut: bool) -> list[str]:
    """Fenced Python. A block that is not closed is whole when the model stopped by itself, and half when it was cut."""
    fences = [fence for fence in _fences(text) if fence.label in _PYTHON and (fence.closed or not cut)]
    labelled = [fence.text for fence in fences if fence.label]
    # Beside labelled Python, a bare block is mostly the output that the model expects.
    return labelled or [fence.text for fence in fences]


def _inputs(text: str, *, cut: bool) -> list[str]:
    found, rest = [], text
    while "<inputs>" in rest:
        _, _, rest = rest.partition("<inputs>")
        item, closing, rest = rest.partition("</inputs>")
        if closing or not cut:
            found.append(item.strip())
    fences = [fence for fence in _fences(text) if fence.label in ("", "json") and (fence.closed or not cut)]
    return found or [fence.text.strip() for fence in fences if fence.text.lstrip().startswith("[")]


# -- submissions -------------------------------------------------------------------------------------------------------

_UNFILLED = re.compile(r"\s*(?:def predict\(x\)(?: *-> *\w+)?:)?\s*(?:\.\.\.|…)[\s}]*")
"""Code of the form as the prompt shows it, which small models copy: nothing was filled in."""
_TAG = re.compile(r"^[ \t`>]*<(submission|description|domain|code)>", re.IGNORECASE | re.MULTILINE)


def _submission(text: str, *, cut: bool) -> tuple[Interpretation | None, bool, str]:
    """The submission in the text (the last, if there are several), whether it is whole, and the text around it."""
    tags = list(_TAG.finditer(text))
    outer = [tag for tag in tags if tag[1].lower() == "submission"]
    if not tags or (not outer and {"description", "code"} - {tag[1].lower() for tag in tags}):
        return None, True, text
    start = outer[-1].start() if outer else tags[0].start()
    lowered = text.lower()
    closing = lowered.find("</submission>", start)
    end = len(text) if closing < 0 else closing
    after = "" if closing < 0 else text[closing + len("</submission>") :]
    if not outer:  # the parts alone, without the tag around them
        end = max(
            (lowered.rfind(f"</{part}>") + len(part) + 3 for part in PARTS if f"</{part}>" in lowered), default=end
        )
        after = text[end:]
    parts = {part: _part(text[start:end], part) for part in PARTS}
    if not any(parts.values()):
        return None, True, text[:start] + after
    whole = not cut or closing >= 0 or (not outer and "</code>" in lowered[start:])
    return Interpretation(**parts), whole, text[:start] + after


def _part(text: str, part: str) -> str:
    lowered = text.lower()
    start = lowered.find(f"<{part}>")
    if start < 0:
        return ""
    start += len(part) + 2
    # Code may hold anything, so its end is the last tag that closes it; prose ends at the first.
    end = lowered.rfind(f"</{part}>") if part == "code" else lowered.find(f"</{part}>", start)
    if end < start:
        others = [lowered.find(f"<{other}>", start) for other in PARTS if other != part]
        end = min([place for place in others if place >= 0], default=len(text))
    content = text[start:end].strip("\n")
    if part == "code":
        fences = _fences(content)
        code = fences[0].text if fences else content.rstrip()
        return "" if _UNFILLED.fullmatch(code) else code
    content = content.strip()
    return "" if content in ("...", "…") else content
