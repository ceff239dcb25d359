"""One episode as a person wants to read it on a terminal: experiments, outputs, submission, truth, score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from findbench.harness.report.figures import figures, headings
from findbench.harness.report.notes import calls, remark, speaker
from findbench.harness.report.sanitise import clean, clean_line
from findbench.harness.schema.notes import MessageNote, Note, UsageNote
from findbench.harness.schema.records import EpisodeRecord, Experiment
from findbench.harness.schema.words import counted

if TYPE_CHECKING:
    from findbench.functions.base import Function

THEME = "ansi_dark"
"""Uses the terminal's own colours, so that it reads on light and dark grounds."""


def print_episode(console: Console, record: EpisodeRecord, truth: Function | str, *, held: str = "") -> None:
    """The whole episode. `truth`: the function, or why it cannot be shown.

    `held`: what the brief held beside what every brief holds.
    """
    used = ", ".join(
        (
            counted(record.queries, "query", "queries") + ("" if record.budget is None else f" of {record.budget}"),
            counted(len(record.experiments), "experiment"),
            f"{record.seconds:.1f} s",
        )
    )
    console.print(Rule(Text(f"{record.key}   {record.status.replace('_', ' ')}   {used}", style="bold")))
    if held:
        console.print(Text(f"the brief held {held} too", style="dim"))
    count = 0
    for event in record.transcript:
        if isinstance(event, Experiment):
            count += 1
            _print_experiment(console, event, count)
        elif not isinstance(event, UsageNote):  # the sums at the end tell of it
            _print_note(console, event)
    _print_submission(console, record)
    _print_truth(console, truth)
    _print_score(console, record)


def _print_experiment(console: Console, event: Experiment, number: int) -> None:
    facts = [event.status, counted(event.queries, "query", "queries"), f"{event.seconds:.3f} s"]
    facts += ["output cut"] if event.truncated else []
    facts += [] if event.state_kept else ["earlier variables lost"]
    style = "green" if event.status == "ok" else "red"
    console.print(Text(f"\nexperiment {number}  {', '.join(facts)}", style=style))
    _print_indented(console, _python(event.code), 2)
    if event.stdout.strip():
        _print_indented(console, Text(clean(event.stdout).rstrip("\n"), style="bright_black"), 4)
    if event.stderr.strip():
        console.print(Text("  stderr", style="yellow"))
        _print_indented(console, Text(clean(event.stderr).rstrip("\n"), style="yellow"), 4)


def _print_note(console: Console, event: Note) -> None:
    if isinstance(event, MessageNote):
        console.print(Text(f"\n{speaker(event)}", style="cyan"))
        for text, style in ((event.reasoning, "italic bright_black"), (event.content, ""), (event.refusal, "red")):
            if text:
                _print_indented(console, Text(clean(text).strip(), style=style), 2)
        for call in calls(event):
            _print_indented(console, Text(call, style="magenta"), 2)
    else:
        console.print(Text(f"\n{remark(event)}", style="yellow"))


def _print_submission(console: Console, record: EpisodeRecord) -> None:
    console.print(Rule(Text("submission", style="bold"), style="dim"))
    if record.error:
        console.print(Text(clean_line(record.error, limit=500), style="red"))
    if record.interpretation is None:
        console.print(Text("nothing was submitted", style="dim"))
        return
    _print_three(console, record.interpretation.description, record.interpretation.domain, record.interpretation.code)


def _print_truth(console: Console, truth: Function | str) -> None:
    console.print(Rule(Text("truth", style="bold"), style="dim"))
    if isinstance(truth, str):
        console.print(Text(truth, style="red"))
        return
    console.print(Text(f"{truth.family}  ({', '.join(truth.tags)})", style="dim"))
    _print_three(console, truth.description, truth.domain, truth.reference_code)


def _print_three(console: Console, description: str, domain: str, code: str) -> None:
    for label, text in (("description", description), ("domain", domain)):
        if text.strip():
            console.print(Text.assemble((f"{label}: ", "bold"), clean(text).strip()))
    if code.strip():
        _print_indented(console, _python(code), 2)


def _print_score(console: Console, record: EpisodeRecord) -> None:
    console.print(Rule(Text("score", style="bold"), style="dim"))
    found = figures(record)
    line = "   ".join(f"{headings()[name]}: {value:.3g}" for name, value in found.items())
    console.print(Text(line or "not scored"))
    if record.usage.calls:
        cost = "" if record.usage.cost is None else f", ${record.usage.cost:.4f}"
        console.print(
            Text(
                f"{counted(record.usage.calls, 'model call')}, {counted(record.usage.tokens, 'token')}{cost}",
                style="dim",
            )
        )


def _python(code: str) -> Text:
    syntax = Syntax("", "python", theme=THEME, background_color="default")
    return syntax.highlight(clean(code).strip("\n"))


def _print_indented(console: Console, text: Text, columns: int) -> None:
    """Line by line, for what rich indents it also fills with blanks up to the width: no use in a file or a pipe."""
    text.rstrip()
    for line in text.wrap(console, max(1, console.width - columns), overflow="fold", no_wrap=False):
        line.rstrip()
        console.print(Text(" " * columns if line else "") + line, soft_wrap=True)
