"""The scientist on a string function: probe, enumerate programs, ask where the remaining ones disagree, verify."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from findbench.functions.strings import inputs
from findbench.functions.strings.function import StringsFunction
from findbench.harness.interpreters.asking import ask_for_texts
from findbench.harness.interpreters.baselines import nearest_code
from findbench.harness.interpreters.scientist.strings_search import (
    Pair,
    Program,
    askable,
    consistent,
    like_held_out,
    nearest,
    surviving,
    tell_apart,
)
from findbench.harness.schema.brief import Brief, Interpretation
from findbench.harness.schema.notes import HypothesisNote
from findbench.harness.seeds import derive

if TYPE_CHECKING:
    from findbench.harness.interpreters.base import LabLike

RICH = (
    "Strange 7th Onion, (in) tea 42x there!",
    "rotator on so, ANother <STreet> 3",
    "  The weaTher-string [is] 1059 abc quiZ ",
    "aestr Banjo, jazz; coffee 86 committee",
)
"""Texts in which most operations find something to do, so that few programs agree on one by chance."""
DRAWN = 120
"""How many texts of the public mixture are asked before anything is known."""
PROBE_SHARE = 0.5
"""At most this share of the budget goes to those first texts."""
ROUND = 16
"""How many inputs are asked in one round, on which candidates disagree."""
VERIFICATION = 200
"""How many fresh inputs the answer is tried on before it is handed in."""
WORTH = 0.5
"""Share of the observations that a program must at least explain to be handed in when it does not explain all."""
TABLE = 100
"""Most observations that are handed in as a table when no program is worth handing in."""
TABLE_CHARACTERS = 50_000
"""Most characters of that table: half of what submitted code may have."""


def interpret(lab: LabLike, brief: Brief) -> Interpretation:
    """Play one episode. Everything that is known of the function comes from experiments."""
    random = Random(derive("scientist", brief.seed))
    first = askable([*RICH, "", *(inputs.text(random) for _ in range(DRAWN))])
    seen = dict(_asked(lab, first[: max(1, int(PROBE_SHARE * lab.remaining))]))
    if not seen:
        return Interpretation(description="Nothing was observed.")
    programs, settled = _narrowed(lab, consistent(seen.items()), seen, random)
    lab.note(
        HypothesisNote(
            hypothesis="+".join(step.operation for step in programs[0].spec.steps) if programs else "none",
            figures={"observations": len(seen), "candidates": len(programs), "settled": settled},
        )
    )
    if not programs:
        return _partial(list(seen.items()))
    remark = ""
    if not settled:
        remark = f" This is the likeliest of {len(programs)} explanations that the {len(seen)} inputs tried leave open."
    elif len(programs[0].settings) == 2 and programs[0].reversed() in programs:
        remark = " The order of the two steps makes no difference."
    return _interpretation(programs[0], remark)


def _narrowed(
    lab: LabLike, programs: list[Program], seen: dict[str, str], random: Random
) -> tuple[list[Program], bool]:
    """The programs that are left, and whether they agree on every input that was tried.

    In the end the likeliest one is tried on fresh inputs. What is observed on the way is added to `seen`. Every
    round leaves fewer programs, or it is the last.
    """
    settled = False
    while programs:
        wanted = tell_apart(programs, random, ROUND)
        settled = not wanted
        new = _asked(lab, wanted or like_held_out(programs[0], random, VERIFICATION))
        seen.update(new)
        before = len(programs)
        programs = surviving(programs, new)
        if len(programs) == before:
            break
    return programs, settled


def _asked(lab: LabLike, wanted: Sequence[str]) -> list[Pair]:
    """Ask for each of `wanted` once; those that the lab answered, with the answers."""
    distinct = list(dict.fromkeys(wanted))
    return list(zip(distinct, ask_for_texts(lab, distinct), strict=False))


def _interpretation(program: Program, remark: str) -> Interpretation:
    function = StringsFunction("", program.spec)
    return Interpretation(
        description=function.description + remark, domain=function.domain, code=function.reference_code
    )


def _partial(pairs: Sequence[Pair]) -> Interpretation:
    """No program agrees with everything: hand in the best one or the observations themselves, and say so."""
    program, right = nearest(pairs)
    if right >= WORTH * len(pairs):
        return _interpretation(
            program, f" This is approximate: it holds for {right} of the {len(pairs)} inputs that were tried."
        )
    sizes = accumulate(len(repr(pair)) for pair in pairs[:TABLE])
    table = [pair for pair, size in zip(pairs, sizes, strict=False) if size <= TABLE_CHARACTERS]
    return Interpretation(
        description=(
            "No composition of known string operations explains the observations; the code answers with the output of "
            "the most similar input that was tried."
        ),
        domain="Any string of characters.",
        code=nearest_code([x for x, _ in table], [y for _, y in table]),
    )
