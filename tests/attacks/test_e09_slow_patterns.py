"""E9: text that makes a parser super-linear (30,000 spaces: 2.5 s with the interpreter lock held).

Everything of the host that reads text of a model, a server, a lab or a file is fed 200,000 hostile characters of each
sort. Where the work grew as the square of their number it would take minutes; a watchdog without the interpreter lock
ends the process after LIMIT_S for one text.
"""

from __future__ import annotations

import contextlib
import difflib
import faulthandler
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from findbench.attacks.arena import CORRECT
from findbench.functions.suites.builtin import load_suite
from findbench.harness.commands.command import did_you_mean
from findbench.harness.interpreters.asking import ask_for_texts
from findbench.harness.interpreters.parsing import parse_without_form
from findbench.harness.interpreters.protocols import parse_reply
from findbench.harness.interpreters.queries import parse_inputs
from findbench.harness.model import replies
from findbench.harness.model.accounts import price_of
from findbench.harness.model.failures import Overflow, Server, retry_after
from findbench.harness.model.replies import Reply
from findbench.harness.replay import Repetition
from findbench.harness.report.live import describe_event
from findbench.harness.report.sanitise import clean, clean_line
from findbench.harness.schema.notes import ToolCall
from findbench.harness.schema.records import Experiment
from findbench.harness.schema.result import Result
from findbench.harness.scoring.judges.neutral import neutral
from findbench.harness.scoring.judges.prediction import parse_outputs
from findbench.harness.scoring.judges.unit_test import parse_choice

LENGTH = 200_000
LIMIT_S = 20.0
"""Seconds for one text; those of now take some hundredths."""
SHORT_LIMIT_S = 2.0
"""For readers that are known to take minutes."""

REPEATED = {
    "spaces": " ",
    "tabs": "\t",
    "newlines": "\n",
    "carriage returns": "\r\n",
    "quotes": '"',
    "backslashes": "\\",
    "escaped quotes": '\\"',
    "brackets": "[",
    "braces": "{ ",
    "back quotes": "`",
    "fences": "```\n",
    "tildes": "~~~ ",
    "less than": "<",
    "tags": "<a ",
    "markers": "<|a",
    "thoughts": "<think></think>",
    "inputs": "<inputs></inputs>",
    "submissions": "<submission>\n</submission>\n",
    "code": "\n<code>",
    "digits": "9",
    "numbers": "- 1.",
    "marks": "\u0315\u0300",
    "marks in disguise": "\u0f73",
    "ligatures": "\ufdfa",
    "capitals that grow": "\u0130",
    "letters": "a",
    "lines": " \n  x\n",
    "choices": '{"choice": "A"}',
    "outputs": '{"outputs": [1]}',
    "escapes": "\x1b[",
}
TEXTS = {name: (unit * LENGTH)[:LENGTH] for name, unit in REPEATED.items()}


class PrintingLab:
    """A lab that prints one text whatever it runs."""

    remaining = 5

    def __init__(self, stdout: str) -> None:
        self._stdout = stdout

    def run(self, code: str, *, seconds: float | None = None) -> Result:
        return Result(self._stdout, "ok", 0, 0.0)

    def note(self, note: Any) -> None:
        pass


def submission(text: str) -> str:
    return f"<submission>\n<description>{text}</description>\n<domain>{text}\n<code>\n{text}\n</code>\n</submission>"


def read_tool_calls(text: str) -> None:
    submitted = json.dumps({"description": text, "code": text})
    calls = [("run_experiment", text), (text, "{}"), ("submit", submitted)]
    parse_reply(Reply(tool_calls=tuple(ToolCall(id="1", name=name, arguments=given) for name, given in calls)))


def replayed(text: str) -> None:
    lines = text.replace(text[:1], f"{text[:1]}\n")
    recorded = Experiment(code="", stdout=lines + "a", status="ok", queries=0, seconds=0.0)
    _ = Repetition(1, recorded, Result(lines.replace("\n", "b\n"), "ok", 0, 0.0)).difference


def refused(call: Callable[..., object], *arguments: object, **named: object) -> None:
    """Read what may well be refused, in one way alone."""
    with contextlib.suppress(ValueError):
        call(*arguments, **named)


MINI = load_suite("mini")
READERS: dict[str, Callable[[str], object]] = {
    "a reply": lambda text: parse_reply(Reply(text=text)),
    "a reply without code": lambda text: parse_reply(Reply(text=text), code=False),
    "a submission": lambda text: parse_reply(Reply(text=submission(text))),
    "a submission that is cut": lambda text: parse_reply(Reply(text=f"<code>{text}", finish="length")),
    "a last reply": lambda text: parse_without_form(Reply(text=text)),
    "tool calls": read_tool_calls,
    "a list of inputs": lambda text: refused(parse_inputs, text, "text"),
    "a body": lambda text: refused(replies.parse_reply, text.encode(), sent_bytes=0),
    "an error of a server": lambda text: Overflow(Server("m", "http://h", "key").scrub(text)),
    "a header": lambda text: retry_after({"retry-after": text}),  # type: ignore[arg-type]  # all it uses of headers
    "a model's name": lambda text: price_of(text, {}),
    "output of a lab": lambda text: ask_for_texts(PrintingLab(text), ["x"]),
    "output that differs": replayed,
    "an event": lambda text: describe_event(Experiment(code="", stdout=text, status="ok", queries=0, seconds=0.0)),
    "shown text": lambda text: (clean(text), clean_line(text)),
    "a misspelt name": lambda text: did_you_mean(text, MINI),
    "a choice": lambda text: (parse_choice(text), parse_choice(f'{{"choice": "A"}}{text}x')),
    "predicted outputs": lambda text: (parse_outputs(text, 1), parse_outputs(f'{{"outputs": [1]}}{text}x', 1)),
    "a description": neutral,
    "an input of a relation": lambda text: MINI["relations/0000"].target([text]),
    "an output of a relation": lambda text: MINI["relations/0000"].is_correct(["undefined"], [text]),
    "an input of entities": lambda text: MINI["entities/0000"].target([text]),
}
SLOW: dict[str, tuple[str, Callable[[str], object]]] = {
    "two runs of white space": ("spaces", re.compile(r"\s*(?:def)?\s*\.\.\.[\s}]*").fullmatch),
    "an end that white space may precede": ("newlines", re.compile(r"\}?\s*(?:```)?\s*$").search),
    "marks in order": ("marks", lambda text: unicodedata.normalize("NFKD", text)),
    "the least changes": (
        "lines",
        lambda text: list(difflib.ndiff(text.split("\n"), text.replace("x", "y").split("\n"))),
    ),
}
"""What the host has done once, or would do if it were written without thought: each takes minutes."""


def test_no_reader_takes_longer_than_in_proportion() -> None:
    done = run("all", LIMIT_S)
    assert done.returncode == 0, done.stdout.splitlines()[-1] + done.stderr
    assert len(done.stdout.splitlines()) == len(TEXTS) * len(READERS)


@pytest.mark.parametrize("name", SLOW)
def test_the_watchdog_finds_what_takes_the_square(name: str) -> None:
    done = run(name, SHORT_LIMIT_S)
    assert done.returncode == 1
    assert "Timeout" in done.stderr


def test_an_honest_reply_of_the_same_length_is_read() -> None:
    code = CORRECT + "# " + "x" * 150_000
    parsed = parse_reply(Reply(text=submission("").replace("<code>\n", f"<code>\n```python\n{code}\n```")))
    assert parsed.submission is not None
    assert parsed.submission.code == code


def run(what: str, seconds: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "findbench.attacks.test_e09_slow_patterns", what, str(seconds)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def watched(name: str, reader: Callable[[str], object], text: str, seconds: float) -> None:
    """Read `text`; after `seconds` the process ends, even if the reader never gives the interpreter lock back."""
    print(name, flush=True)
    faulthandler.dump_traceback_later(seconds, exit=True)
    reader(text)
    faulthandler.cancel_dump_traceback_later()


def main(what: str, seconds: float) -> None:
    if what != "all":
        kind, reader = SLOW[what]
        watched(what, reader, f"{TEXTS[kind]}!", seconds)
        return
    for name, reader in READERS.items():
        for kind, text in TEXTS.items():
            watched(
                f"{name}: {kind}", reader, f"{text}!", seconds
            )  # a pattern that ends in vain goes back the farthest


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
