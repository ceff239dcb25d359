"""The HTML report: one self-contained file, every text in it escaped and cleaned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from findbench.harness.records import write_atomically
from findbench.harness.report import budget_plot, budget_table, budgets, plots
from findbench.harness.report.figures import figures, headings, headline
from findbench.harness.report.labels import labels
from findbench.harness.report.notes import calls, remark, speaker
from findbench.harness.report.plots import INTERVAL_STYLE, Drawing, interval_svg
from findbench.harness.report.sanitise import clean, clean_line
from findbench.harness.report.table import legend, ordered_rows, percent, spread_of
from findbench.harness.schema.base import now
from findbench.harness.schema.words import counted

if TYPE_CHECKING:
    from findbench.harness.report.tally import Row, Tally
    from findbench.harness.schema.records import EpisodeRecord

TEXT_LIMIT = 4_000
"""Characters of one output or message that the page shows; the record has it all."""
EVENT_LIMIT = 60
"""Events of a transcript that the page shows."""


def write_html(tallies: Sequence[Tally], path: Path, *, main: Tally | None = None) -> None:
    """Write the page atomically. Raises RecordError when it cannot be written."""
    write_atomically(path, render(tallies, main=main))


def render(tallies: Sequence[Tally], *, main: Tally | None = None) -> str:
    """The page as text. The episodes of `main`, or of the first run, are shown in full; the others stand in tables."""
    environment = Environment(
        loader=PackageLoader("findbench.harness.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
    )
    environment.filters["line"] = clean_line
    environment.filters["cut"] = lambda text: clean(str(text), limit=TEXT_LIMIT)
    main = main or tallies[0]
    named = labels(tallies)
    against_budget = [section for section in budgets.sections(tallies) if section.has_several]
    galleries = [(plot, drawings) for plot in plots.PLOTS if (drawings := list(plot.draw(main)))]
    drawn: dict[str | None, list[Drawing]] = defaultdict(list)
    for _, drawings in galleries:
        for drawing in drawings:
            drawn[drawing.episode].append(drawing)
    episodes = [_episode(record, drawn.get(record.key, ())) for record in main.records]
    return environment.get_template("template.html").render(
        tallies=list(zip(named, tallies, strict=True)),
        title=next(line.label for line in budgets.lines(tallies) if any(each is main for each in line.tallies)),
        main_label=next(label for label, tally in zip(named, tallies, strict=True) if tally is main),
        main=main,
        figure_names=headings(),
        tables=[_table(category, rows) for category, rows in ordered_rows(tallies).items()],
        episodes=episodes,
        by_key={episode["record"].key: episode for episode in episodes},
        galleries=galleries,
        against_budget=against_budget,
        budget_plot=budget_plot.plot,
        line_key=budget_plot.key,
        budget_legend=budget_table.LEGEND,
        no_area=budget_table.reasons(against_budget),
        signed=budget_table.signed,
        styles=[INTERVAL_STYLE, budget_plot.STYLE, *(plot.style for plot, _ in galleries)],
        versions=main.run.info.sessions[-1].versions if main.run.info.sessions else {},
        interval=interval_svg,
        speaker=speaker,
        calls=calls,
        counted=counted,
        remark=remark,
        percent=percent,
        spread_of=spread_of,
        legend=legend(tallies),
        event_limit=EVENT_LIMIT,
        made=now().strftime("%Y-%m-%d %H:%M UTC"),
    )


def _cleaned(value: Any) -> Any:
    """Every plain text that the template prints goes through `clean`, so that none can be forgotten."""
    return clean(value) if type(value) is str else value


def _table(category: str, labelled: Sequence[tuple[str, Row]]) -> dict[str, Any]:
    rows = [row for _, row in labelled]
    return {
        "category": category,
        "rows": labelled,
        "figures": [name for name in headings() if any(name in row.figures for row in rows)],
        "reliability": any(row.reliability for row in rows),
        "spread": any(row.spread for row in rows),
        "infrastructure": any(row.infrastructure for row in rows),
        "tokens": any(row.tokens for row in rows),
        "cost": any(row.cost is not None for row in rows),
    }


def _episode(record: EpisodeRecord, drawings: Sequence[Drawing]) -> dict[str, Any]:
    value = headline(record)
    verdict = "none" if value is None else "good" if value >= 1 else "bad" if value <= 0 else "part"
    return {
        "record": record,
        "anchor": record.key.replace("/", "-"),
        "figures": figures(record),
        "verdict": verdict,
        "drawings": [drawing.svg for drawing in drawings],
    }
