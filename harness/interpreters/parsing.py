"""What a plain-text reply asks for: experiments, lists of inputs, a submission, or nothing. Nothing is executed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from findbench.harness.interpreters.fences import split_fences
from findbench.harness.schema.brief import Interpretation

if TYPE_CHECKING:
    from findbench.harness.model.replies import Reply

Problem = Literal["empty", "cut", "format", "refusal", "arguments"]
PARTS = ("description", "domain", "code")
MAX_TEXT = 200_000
"""Characters of a reply that are parsed; a longer one comes from a model that repeats itself without end."""
MAX_PROSE = 20_000
"""Characters of prose that are taken for a description when a last reply has no form."""


@dataclass(frozen=True)
class Request:
    """One experiment's code, or one list of inputs where the model may only name inputs, as the model wrote it."""

    text: str
    call: str = ""
    """Id of the tool call that it came by; empty in plain text."""


@dataclass(frozen=True)
class ParsedReply:
    """What one reply asks for. Experiments run before a submission beside them counts."""

    requests: tuple[Request, ...] = ()
    submission: Interpretation | None = None
    complete: bool = True
    """False: the submission was cut off. It is kept as the last resort while a better one is asked for."""
    problem: Problem | None = None
    """Why there is neither a request nor a complete submission."""
    detail: str = ""
    """What exactly is wrong with the arguments of a tool call, for the model."""


def parse_text(reply: Reply, *, code: bool = True) -> ParsedReply:
    """What `reply.text` asks for. With `code` experiments are fenced Python, else lists of inputs between tags."""
    cut = reply.finish == "length"
    if reply.refusal or reply.finish == "content_filter":
        return ParsedReply(problem="refusal")
    text = without_thoughts(reply.text)
    if not text.strip():
        return ParsedReply(problem="cut" if cut else "empty")
    submission, complete, rest = _find_submission(text, cut=cut)
    found = _find_python(rest, cut=cut) if code else _find_inputs(rest, cut=cut)
    requests = tuple(Request(item) for item in dict.fromkeys(found))  # a block that repeats is one experiment
    if requests or (submission and complete):
        return ParsedReply(requests, submission, complete)
    return ParsedReply((), submission, complete, problem="cut" if cut else "format")


def parse_without_form(reply: Reply) -> Interpretation | None:
    """The best that a last reply gives when it has no form: its prose as description, its last Python as code."""
    fences, prose = split_fences(without_thoughts(reply.text))
    answers = [
        fence.text for fence in fences if fence.label in _PYTHON and ("predict" in fence.text or "TABLE" in fence.text)
    ]
    description = prose.strip()[:MAX_PROSE]
    if not description and not answers:
        return None
    return Interpretation(description=description, code=answers[-1] if answers else "")


def without_thoughts(text: str) -> str:
    """The text without what a reasoning model thought aloud in tags: thoughts hold drafts, which are not replies."""
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


# -- experiments -------------------------------------------------------------------------------------------------------

_PYTHON = frozenset({"", "python", "py", "python3", "ipython", "tool_code", "code"})
"""Labels of blocks that models write Python in."""


def _find_python(text: str, *, cut: bool) -> list[str]:
    """Fenced Python. A block that is not closed is whole if the model stopped by itself, and half if it was cut."""
    fences = [fence for fence in split_fences(text)[0] if fence.label in _PYTHON and (fence.closed or not cut)]
    labelled = [fence.text for fence in fences if fence.label]
    # Beside labelled Python, a block without a label is mostly the output that the model expects.
    return labelled or [fence.text for fence in fences]


def _find_inputs(text: str, *, cut: bool) -> list[str]:
    """Lists between `<inputs>` tags; without any, fenced blocks that begin like a list."""
    found, rest = [], text
    while "<inputs>" in rest:
        _, _, rest = rest.partition("<inputs>")
        item, closing, rest = rest.partition("</inputs>")
        if closing or not cut:
            found.append(item.strip())
    fences = [fence for fence in split_fences(text)[0] if fence.label in ("", "json") and (fence.closed or not cut)]
    return found or [fence.text.strip() for fence in fences if fence.text.lstrip().startswith("[")]


# -- submissions -------------------------------------------------------------------------------------------------------

_UNFILLED = re.compile(r"\s*(?:def predict\(x\)(?: *-> *\w+)?:)?\s*(?:\.\.\.|…)[\s}]*")
"""Code of the form as the prompt shows it, which small models copy without filling anything in."""
_TAG = re.compile(r"^[ \t`>]*<(submission|description|domain|code)>", re.IGNORECASE | re.MULTILINE)


def _find_submission(text: str, *, cut: bool) -> tuple[Interpretation | None, bool, str]:
    """The last submission in the text, whether it is complete, and the text around it."""
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
    parts = {part: _find_part(text[start:end], part) for part in PARTS}
    if not any(parts.values()):
        return None, True, text[:start] + after
    complete = not cut or closing >= 0 or (not outer and "</code>" in lowered[start:])
    return Interpretation(**parts), complete, text[:start] + after


def _find_part(text: str, part: str) -> str:
    """The content of one part of a submission; empty when it is missing or was not filled in."""
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
        fences, _ = split_fences(content)
        code = fences[0].text if fences else content.rstrip()
        return "" if _UNFILLED.fullmatch(code) else code
    content = content.strip()
    return "" if content in ("...", "…") else content
