"""Tables and pages from records: right numbers, and nothing in them that text of unknown origin could do."""

import html
import io
import json
import re
import unicodedata
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from rich.console import Console
from run_help import IDS, VERSIONS, config, record
from typing_extensions import override

from findbench.harness.records import Run
from findbench.harness.report import plots
from findbench.harness.report.briefs import extras
from findbench.harness.report.episode import print_episode
from findbench.harness.report.figures import headings
from findbench.harness.report.html import render
from findbench.harness.report.labels import folded, labels, unique_suffixes
from findbench.harness.report.live import Totals, Watcher, describe_event
from findbench.harness.report.sanitise import clean, clean_line
from findbench.harness.report.table import as_data, print_table
from findbench.harness.report.tally import Tally
from findbench.harness.schema.brief import Interpretation
from findbench.harness.schema.notes import CustomNote, MessageNote
from findbench.harness.schema.records import Curve, EpisodeRecord, Experiment
from findbench.harness.schema.usage import Usage
from findbench.harness.schema.words import counted

NASTY = (
    "\x1b]0;pwned\x07\x9b31m\u202egpj.exe\u2066\u200b\U000e0041\ufeff"
    "</pre><script>alert(1)</script>{{ 7*7 }}[red]x[/red]"
)


Figures = dict[tuple[str, int], dict[str, float]]
"""Function and repeat -> the figures of that episode."""


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> Figures:
    """What stands in place of the figures that scoring makes."""
    table: Figures = {}

    def look_up(found: EpisodeRecord) -> dict[str, float]:
        if found.status == "infrastructure_error":
            return {}
        return table.get((found.function, found.repeat), {"pass": 0.0, "global": 0.0})

    for module in ("figures", "html"):
        monkeypatch.setattr(f"findbench.harness.report.{module}.figures", look_up)
    for module in ("live", "html"):
        monkeypatch.setattr(f"findbench.harness.report.{module}.headline", lambda found: look_up(found).get("pass"))
    return table


def make_run(path: Path, *records: EpisodeRecord, **changes: Any) -> Run:
    with Run.open_for_writing(path, config(**changes), VERSIONS) as run:
        for each in records:
            run.save(each)
    return Run(path)


def printed(*tallies: Tally, width: int = 200) -> str:
    text = io.StringIO()
    print_table(tallies, Console(width=width, markup=False, emoji=False, highlight=False, file=text))
    return text.getvalue()


# -- tally


def test_rows_follow_the_variants_and_count_functions(tmp_path: Path, figures: Figures) -> None:
    figures.update({(IDS[0], 0): {"pass": 1.0, "local": 0.5}, (IDS[1], 0): {"pass": 0.0}})
    run = make_run(
        tmp_path,
        record(IDS[0], tags=("noise", "composition"), usage=Usage(calls=1, prompt_tokens=7, cost=0.25)),
        record(IDS[1], tags=("clean",), status="no_submission"),
    )
    tally = Tally.of(run)
    assert [row.variant for row in tally.rows] == ["all", "clean", "noise", "composition"]
    top = tally.rows[0]
    assert (top.functions, top.figures["pass"].mean, top.no_answer, top.tokens, top.cost) == (2, 0.5, 1, 7, 0.25)
    assert top.figures["local"].n == 1, "a function without local regions has no local score"
    assert tally.unfinished == 1
    assert "1 of 3 not run yet" in tally.summary


def test_equal_scores_have_equal_intervals_wherever_they_stand(tmp_path: Path, figures: Figures) -> None:
    """In the row of all functions and in that of a variant with the same ones, in any category, under any heading."""
    ids = [*IDS, *(id_.replace("numeric", "strings") for id_ in reversed(IDS))]
    for place, id_ in enumerate(ids):
        figures[id_, 0] = dict.fromkeys(("global", "local"), (0.25, 0.5, 0.75, 0.75, 0.5, 0.25)[place])
    tally = Tally.of(make_run(tmp_path, *map(record, ids), functions=tuple(ids)))
    assert {(row.category, row.variant) for row in tally.rows} == set(product(("numeric", "strings"), ("all", "clean")))
    assert len({found for row in tally.rows for found in row.figures.values()}) == 1


def test_infrastructure_errors_stand_apart_and_are_never_scored(tmp_path: Path, figures: Figures) -> None:
    figures[IDS[0], 0] = {"pass": 1.0}
    run = make_run(tmp_path, record(IDS[0]), record(IDS[1], status="infrastructure_error", error="gone"))
    top = Tally.of(run).rows[0]
    assert (top.functions, top.episodes, top.infrastructure, top.no_answer) == (1, 1, 1, 0)
    assert top.figures["pass"].mean == 1.0


def test_model_failures_count_as_no_answer(tmp_path: Path, figures: Figures) -> None:
    figures[IDS[0], 0] = {"pass": 1.0}
    run = make_run(tmp_path, record(IDS[0]), record(IDS[1], status="model_error", error="timeout"))
    top = Tally.of(run).rows[0]
    assert (top.functions, top.no_answer, top.failed, top.figures["pass"].mean) == (2, 1, 1, 0.5)


def test_repeats_are_averaged_by_function_and_their_spread_is_told(tmp_path: Path, figures: Figures) -> None:
    figures.update({(IDS[0], 0): {"pass": 1.0}, (IDS[0], 1): {"pass": 0.0}, (IDS[1], 1): {"pass": 0.0}})
    run = make_run(tmp_path, record(IDS[0]), record(IDS[0], repeat=1), record(IDS[1], repeat=1), repeats=2)
    top = Tally.of(run).rows[0]
    assert (top.functions, top.episodes, top.figures["pass"].mean) == (2, 3, 0.25)
    assert top.spread["pass"] == pytest.approx((0.5 / 2) ** 0.5), "variance 0.5 within the function with two repeats"
    assert "± repeats" in printed(Tally.of(run))


def test_a_pass_in_all_repeats_and_in_at_least_one_are_two_shares_of_functions(
    tmp_path: Path, figures: Figures
) -> None:
    """With their own intervals; the expected score of one episode is a third figure."""
    passes = {IDS[0]: (1.0, 1.0, 1.0), IDS[1]: (0.0, 1.0, 0.0), IDS[2]: (1.0, 1.0)}
    for id_, values in passes.items():
        figures.update({(id_, repeat): {"pass": value} for repeat, value in enumerate(values)})
    records = [record(id_, repeat=repeat) for id_, values in passes.items() for repeat in range(len(values))]
    tally = Tally.of(make_run(tmp_path, *records, repeats=3))
    found = tally.rows[0].reliability
    assert found is not None
    assert (found.repeats, found.all_pass.mean, found.any_pass.mean) == (3, 0.5, 1.0)
    assert found.all_pass.n == 2, "a function whose repeats are not all scored says nothing of all repeats"
    assert found.any_pass.low == pytest.approx(0.342, abs=0.001), "Wilson's interval for 2 of 2"
    assert tally.rows[0].figures["pass"].mean == pytest.approx((1 + 1 / 3 + 1) / 3)
    for text in (printed(tally), render([tally])):
        assert "pass^k" in text
        assert "pass@k" in text
        assert "(k: 3 repeats)" in " ".join(text.split())
        assert "expected scores of one episode" in " ".join(text.split())


def test_functions_that_differ_but_repeat_alike_have_no_spread(tmp_path: Path, figures: Figures) -> None:
    figures.update({(id_, repeat): {"pass": float(id_ == IDS[0])} for id_ in IDS for repeat in (0, 1)})
    records = [record(id_, repeat=repeat) for id_ in IDS for repeat in (0, 1)]
    assert Tally.of(make_run(tmp_path, *records, repeats=2)).rows[0].spread["pass"] == 0


def test_a_run_without_repeats_has_no_columns_about_them(tmp_path: Path, figures: Figures) -> None:
    text = printed(Tally.of(make_run(tmp_path, record())))
    assert not any(word in text for word in ("pass^k", "pass@k", "repeats"))


# -- the table


def test_several_runs_stand_in_one_table(tmp_path: Path, figures: Figures) -> None:
    runs = [make_run(tmp_path / name, record(), interpreter=name) for name in ("line", "scientist")]
    text = printed(*[Tally.of(run) for run in runs])
    assert re.search(r"all +line", text)
    assert re.search(r" scientist ", text)
    other = make_run(tmp_path / "b", record(), interpreter="line")
    assert labels([Tally.of(runs[0]), Tally.of(other)]) == ["line", "b"]


def test_two_runs_in_directories_of_one_name_keep_their_own_numbers(tmp_path: Path, figures: Figures) -> None:
    tallies = []
    for folder, repeat, value in (("a", 0, 1.0), ("b", 1, 0.0)):
        figures[IDS[0], repeat] = {"pass": value}
        tallies.append(Tally.of(make_run(tmp_path / folder / "base", record(repeat=repeat), repeats=2)))
    assert labels(tallies) == ["a/base", "b/base"]
    text = printed(*tallies)
    assert re.search(r"a/base +1 +100 ", text)
    assert re.search(r"b/base +1 +0 ", text)
    assert [run["run"] for run in as_data(tallies)] == ["a/base", "b/base"]
    assert [run["rows"][0]["figures"]["pass"]["mean"] for run in as_data(tallies)] == [1.0, 0.0]
    page = render(tallies)
    assert page.index("a/base</td>") < page.index("b/base</td>")


@given(st.lists(st.lists(st.sampled_from("ab"), min_size=1, max_size=5).map("/".join), min_size=1, unique=True))
def test_the_ends_of_different_paths_differ_and_are_as_short_as_can_be(paths: list[str]) -> None:
    absolute = [Path("/", path) for path in paths]
    ends = unique_suffixes(absolute)
    assert len(set(ends)) == len(paths)
    for path, end in zip(absolute, ends, strict=True):
        parts = Path(end).parts
        assert path.parts[-len(parts) :] == parts
        shorter = parts[1:]
        assert not shorter or any(other != path and other.parts[-len(shorter) :] == shorter for other in absolute)


def test_a_run_with_a_corrupt_record_and_corrupt_calibrations_is_summed_up_without_them(
    tmp_path: Path, figures: Figures
) -> None:
    run = make_run(tmp_path, record(IDS[0]), record(IDS[1]))
    run.episode_path(IDS[0]).write_text("{")
    (tmp_path / "judges.json").write_text("[{}]")
    tally = Tally.of(run)
    assert [found.key for found in tally.records] == [IDS[1]]
    assert [name in str(problem) for problem, name in zip(tally.problems, (IDS[0], "judges.json"), strict=True)] == [
        True,
        True,
    ]
    assert [IDS[0] in problem for problem in as_data([tally])[0]["problems"]] == [True, False]


def test_a_plot_is_one_entry_of_a_table(tmp_path: Path, figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that the page needs to know of it stands in the entry: title, note, style, drawing."""
    drawn = plots.Plot(
        title="Queries",
        note=Markup("as many as <b>bars</b>"),
        style=Markup(".bars { fill: var(--ink); }"),
        draw=lambda tally: [plots.Drawing(Markup('<svg class="bars"></svg>'), tally.records[0].key)],
    )
    monkeypatch.setattr(plots, "PLOTS", [*plots.PLOTS, drawn])
    page = render([Tally.of(make_run(tmp_path, record()))])
    assert "<h2>Queries</h2>" in page
    assert "as many as <b>bars</b>" in page
    assert ".bars { fill: var(--ink); }" in page
    assert page.count('<svg class="bars">') == 2, "in the gallery and at its episode"


@pytest.mark.parametrize("runs", [1, 2])
@pytest.mark.parametrize("repeats", [1, 2])
def test_the_table_fits_eighty_columns_with_every_interval_in_it(
    tmp_path: Path, figures: Figures, runs: int, repeats: int
) -> None:
    """All figures of a numeric function, each with an interval, beside an infrastructure error, tokens and money."""
    tallies = []
    for number in range(runs):
        for i, id_ in enumerate(IDS):
            for repeat in range(repeats):
                figures[id_, repeat] = dict.fromkeys(headings(), (1.0, 0.75, 1.0)[i])
        used = Usage(calls=1, prompt_tokens=1_234_567, cost=12.5)
        records = [
            record(id_, repeat=repeat, tags=("approximation",), usage=used) for id_ in IDS for repeat in range(repeats)
        ]
        path = tmp_path / f"{number}" / "some-run"
        tallies.append(Tally.of(make_run(path, *records, interpreter="aia+exemplars", repeats=repeats)))
    text = printed(*tallies, width=80)
    assert "…" not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    shown = len(headings()) + (2 if repeats > 1 else 0)
    assert len(re.findall(r"\[\d+–\d+\]", text)) == 2 * runs * shown, "in the rows `all` and `approximation`"
    assert text.count("pass^k") == text.count("pass@k") == (2 if repeats > 1 else 0), "once as a heading"
    assert "queries" in text
    assert f"${37.5 * repeats:.2f}" in text


def test_a_figure_of_fewer_functions_than_the_row_has_says_of_how_many(tmp_path: Path, figures: Figures) -> None:
    """`local` of two functions beside three: on a line of its own where intervals stand below their means."""
    for place, id_ in enumerate(IDS):
        figures[id_, 0] = {"pass": 1.0, "local": 1.0} if place else {"pass": 1.0}
    tally = Tally.of(make_run(tmp_path, *map(record, IDS)))
    assert re.search(r"^all +3 +100 \[44–100\] +100 \[34–100\] of 2 ", printed(tally), re.MULTILINE)
    narrow = printed(tally, width=50)
    assert re.search(r"^ +of 2 *$", narrow, re.MULTILINE)
    assert "<small>[34–100] of 2</small>" in render([tally])
    for text in (narrow, printed(tally), html.unescape(render([tally]))):
        assert "Of: how many functions have the figure, where these are not all n." in " ".join(text.split())
    whole = printed(Tally.of(make_run(tmp_path / "whole", *map(record, IDS[1:]))))
    assert " of " not in whole.split("Scores in per cent")[0]
    assert "Of:" not in whole


def test_columns_with_figures_of_find_say_what_they_are(tmp_path: Path, figures: Figures) -> None:
    """No column bears FIND's name alone, as if its numbers could be compared with published ones."""
    ids = (IDS[0], "strings/0000", "relations/0000")
    figures[ids[0], 0] = {"pass": 1.0, "find_nmse": 1.0}
    figures[ids[1], 0] = {"pass": 1.0, "find_match": 0.5}
    tally = Tally.of(make_run(tmp_path, *[record(id_) for id_ in ids], functions=ids))
    for text in (printed(tally), printed(tally, width=80), render([tally])):
        told = " ".join(html.unescape(text).split())
        assert "NMSE <0.1: share of functions with FIND's success, on our functions" in told
        assert "Exact match: FIND's figure for texts, on our functions" in told
        assert not re.search(r"(<th>| )FIND(</th>|  )", text)
    assert "FIND" not in printed(Tally.of(make_run(tmp_path / "other", record(IDS[1]))))


@pytest.mark.parametrize("width", [60, 80, 200])
def test_one_blank_line_stands_between_the_tables_of_categories(tmp_path: Path, width: int) -> None:
    ids = [IDS[0], "strings/0000", "relations/0000"]
    run = make_run(tmp_path, *[record(id_) for id_ in ids], functions=tuple(ids))
    lines = [line.strip() for line in printed(Tally.of(run), width=width).splitlines()]
    assert lines[0] == "numeric"
    blank = [index for index, line in enumerate(lines) if not line]
    assert [lines[index + 1] for index in blank] == ["strings", "relations"]


def test_the_data_is_plain_json(tmp_path: Path, figures: Figures) -> None:
    data = json.loads(json.dumps(as_data([Tally.of(make_run(tmp_path, record()))]), allow_nan=False))
    assert data[0]["rows"][0]["figures"]["pass"]["mean"] == 0.0
    assert data[0]["config"]["suite"] == "smoke"


def test_what_the_briefs_held_beside_what_every_brief_holds_is_told(tmp_path: Path, figures: Figures) -> None:
    """A score with the true form in the brief is no score beside others, whatever the interpreter is called."""
    path = tmp_path / "informed"
    for needs in ("form", "exemplars, form"):
        with Run.open_for_writing(path, config(), VERSIONS | {"needs": needs}) as run:
            run.save(record())
    with Run.open_for_writing(path, config(), VERSIONS):  # a later session, such as one that only scores, knows of none
        pass
    tally = Tally.of(Run(path))
    for text in (printed(tally), render([tally]), tally.summary):
        assert "briefs with exemplars and form" in text
    shown = Console(width=80, file=io.StringIO(), record=True)
    print_episode(shown, record(), "no truth", held=extras(tally.run.info))
    assert "the brief held exemplars and form too" in shown.export_text()
    assert "brief" not in printed(Tally.of(make_run(tmp_path / "plain", record())))


# -- text of unknown origin


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_cleaned_text_holds_no_control_or_hidden_character(text: str) -> None:
    for character in clean(text):
        assert character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
        assert character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b\ufeff\u2028"


def test_cleaning_keeps_what_is_harmless_and_shows_what_is_not() -> None:
    assert clean("naïve 日本 \U0001f600\tx\r\ny") == "naïve 日本 \U0001f600\tx\ny"
    assert clean("\x1b[31m") == "\\x1b[31m"
    assert clean("a\u202eb") == "a\\u202eb"
    assert clean("abcdef", limit=3) == "abc\n[3 more characters]"
    assert clean_line("a\n b\t" + "x" * 300, limit=10) == "a b xxxxx…"


def nasty_record() -> EpisodeRecord:
    return record(
        tags=("clean",),
        interpretation=Interpretation(description=NASTY, domain=NASTY, code=NASTY),
        error=NASTY,
        status="model_error",
        transcript=(
            CustomNote(kind=NASTY, data={NASTY: NASTY}),
            MessageNote(role=NASTY, content=NASTY, reasoning=NASTY),
            Experiment(code=NASTY, stdout=NASTY, stderr=NASTY, status="ok", queries=1, seconds=0.1),
        ),
        curve=Curve(x=(-1.0, 0.0, 1.0), truth=(1.0, 1.0, 1.0), prediction=(None, 1e300, -1e300)),
    )


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_the_page_holds_no_script_no_foreign_tag_and_no_address(tmp_path: Path, figures: Figures) -> None:
    page = render([Tally.of(make_run(tmp_path, nasty_record(), interpreter=NASTY))])
    tags = Tags()
    tags.feed(page)
    assert "script" not in {tag for tag, _ in tags.seen}
    assert not any(name.startswith("on") for _, attrs in tags.seen for name in attrs)
    assert not any(re.search(r"https?:|//", str(attrs.get(name))) for _, attrs in tags.seen for name in ("src", "href"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066\u200b\ufeff]", page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page
    assert page.count("</pre>") == page.count("<pre")


def test_what_an_experiment_wrote_to_stderr_is_shown_to_people(tmp_path: Path, figures: Figures) -> None:
    warned = Experiment(code="f(1)", stdout="", stderr="a warning\x1b[31m\n", status="ok", queries=1, seconds=0.1)
    shown = Console(width=80, file=io.StringIO(), record=True)
    print_episode(shown, record(transcript=(warned,)), "no truth")
    page = render([Tally.of(make_run(tmp_path, record(transcript=(warned,))))])
    for text in (shown.export_text(), page):
        assert "stderr" in text
        assert "a warning\\x1b[31m" in text


def test_the_page_draws_numeric_curves(tmp_path: Path, figures: Figures) -> None:
    curve = Curve(x=(-1.0, 0.0, 1.0), truth=(0.0, 1.0, 2.0), prediction=(0.0, None, 2.0))
    page = render([Tally.of(make_run(tmp_path, record(curve=curve)))])
    path = re.findall(r'class="prediction" d="([^"]*)"', page)[0]
    assert path.count("M") == 2, "a missing prediction breaks the line"
    assert "NaN" not in page


# -- the live view


def test_the_live_view_counts_and_shows_no_escapes(tmp_path: Path, figures: Figures) -> None:
    figures[IDS[0], 0] = {"pass": 1.0}
    console = Console(width=150, markup=False, emoji=False, record=True, file=io.StringIO())
    watcher = Watcher(3, Totals(), console)
    assert watcher.seconds_left() is None
    watcher.started(IDS[0], 1)
    watcher.started(IDS[1], 1)
    watcher.event(IDS[1], Experiment(code="", stdout=NASTY, status="ok", queries=12, seconds=0.1))
    watcher.ended(record(IDS[0], queries=5, usage=Usage(calls=1, prompt_tokens=1000, cost=0.5)))
    console.print(watcher.live().get_renderable())
    shown = console.export_text()
    assert "1 done, 1 running, 1 waiting" in shown
    assert "score 1.00, 5 queries, 1,000 tokens, $0.50" in shown
    assert "12 q" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert watcher.seconds_left() is not None


def test_an_event_is_described_on_one_line() -> None:
    for event in nasty_record().transcript:
        line = describe_event(event)
        assert "\n" not in line
        assert clean(line) == line


@pytest.mark.parametrize(("n", "said"), [(0, "0 queries"), (1, "1 query"), (2, "2 queries"), (12345, "12,345 queries")])
def test_one_is_counted_in_the_singular(n: int, said: str) -> None:
    assert counted(n, "query", "queries") == said
    assert counted(1, "function") == "1 function"


def test_a_narrow_label_breaks_between_its_parts_and_loses_nothing() -> None:
    assert folded("my_module:TwoPoints", 12) == "my_module:\nTwoPoints"
    assert folded("aia+exemplars smollm2-135m", 12) == "aia+\nexemplars\nsmollm2-135m"
    assert folded("scientist", 12) == "scientist"
    assert folded("a/b ::x", 2) == "a/\nb\n::\nx"
