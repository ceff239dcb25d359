"""The search for programs of one or two string operations that agree with all observations, and for inputs that tell
the remaining ones apart.

Enumeration with observational equivalence (Udupa et al., TRANSIT, PLDI 2013): steps with equal results so far are one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from random import Random

from findbench.functions.strings.evaluate import in_branches, stratified
from findbench.functions.strings.function import StringsFunction
from findbench.functions.strings.generate import SINGLE
from findbench.functions.strings.operations import OPERATIONS
from findbench.functions.strings.spec import Step, StringsSpec

Pair = tuple[str, str]
"""An input and the output that was observed for it."""

SCREENING = 5
"""How many observations all programs are tried on when none agrees with everything."""
SHORTLIST = 64
"""How many programs, the best on those observations, are then tried on all."""
EVALUATIONS = 60_000
"""Most runs of candidates in one search for inputs that tell them apart; they take a quarter of a second."""
POOL = 3_000
"""Most inputs drawn in one such search, six times as many as an episode is scored on."""
LENDERS = 12
"""How many candidates, the likeliest first, have inputs drawn from their branches."""
COMPARED = 400
"""How many candidates, the likeliest first, are told apart at a time."""


@dataclass(frozen=True, eq=False)
class Setting:
    """One operation with its parameters set. `SETTINGS` has one object for each, so identity is equality."""

    step: Step
    run: Callable[[str], str]
    weight: float
    """Logarithm of the probability that a step drawn by the generator is this one."""


@dataclass(frozen=True)
class Program:
    """One or two settings, applied one after the other."""

    settings: tuple[Setting, ...]

    def __call__(self, x: str) -> str:
        """The output for `x`."""
        for setting in self.settings:
            x = setting.run(x)
        return x

    @cached_property
    def weight(self) -> float:
        """Logarithm of the prior probability: how often the public generator makes this program."""
        share = SINGLE if len(self.settings) == 1 else 1 - SINGLE
        return math.log(share) + sum(setting.weight for setting in self.settings)

    def reversed(self) -> Program:
        """The same steps in the other order."""
        return Program(self.settings[::-1])

    @property
    def spec(self) -> StringsSpec:
        """The program as data."""
        return StringsSpec(steps=tuple(setting.step for setting in self.settings))


def _all_settings() -> tuple[Setting, ...]:
    found = []
    for name, operation in OPERATIONS.items():
        choices = list(operation.settings())
        weight = -math.log(len(OPERATIONS) * len(choices))
        for parameters in choices:
            step = Step(operation=name, parameters=parameters)
            found.append(Setting(step, partial(operation.run, **parameters), weight))
    return tuple(found)


SETTINGS = _all_settings()
"""Every operation of the public grammar with every combination of its parameters: some 500."""


def programs_for(x: str, y: str) -> list[Program]:
    """Every program that turns `x` into `y`, single steps first. A second step runs once for each different middle."""
    middles: dict[str, list[Setting]] = {}
    for first in SETTINGS:
        middles.setdefault(first.run(x), []).append(first)
    found = [Program((first,)) for first in middles.get(y, ())]
    for middle, firsts in middles.items():
        for second in SETTINGS:
            if second.run(middle) == y:
                found += [Program((first, second)) for first in firsts]
    return found


def surviving(programs: Sequence[Program], pairs: Iterable[Pair]) -> list[Program]:
    """The programs that agree with every pair, in order."""
    left = list(programs)
    for x, y in pairs:
        if not left:
            break
        seen: dict[tuple[Setting, ...], str] = {}
        results: dict[tuple[str, Setting], str] = {}
        kept = []
        for program in left:
            before, last = program.settings[:-1], program.settings[-1]
            if before not in seen:
                seen[before] = before[0].run(x) if before else x
            key = (seen[before], last)
            if key not in results:
                results[key] = last.run(key[0])
            if results[key] == y:
                kept.append(program)
        left = kept
    return left


def _telling(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs, first those that leave least to chance: outputs of many different characters."""
    return sorted(pairs, key=lambda pair: -len(set(pair[1])))


def consistent(pairs: Iterable[Pair]) -> list[Program]:
    """Every program that agrees with all pairs (at least one), the likeliest first."""
    first, *others = _telling(pairs)
    return sorted(surviving(programs_for(*first), others), key=lambda program: -program.weight)


def nearest(pairs: Sequence[Pair]) -> tuple[Program, int]:
    """The program that agrees with most pairs among those that agree with a telling one, and with how many it does."""
    agreed: Counter[tuple[Setting, ...]] = Counter()
    for x, y in _telling(pairs)[:SCREENING]:
        agreed.update(program.settings for program in programs_for(x, y))
    shortlist = [Program(settings) for settings, _ in agreed.most_common(SHORTLIST)] or [Program(SETTINGS[:1])]
    counted = [(sum(program(x) == y for x, y in pairs), program.weight, program) for program in shortlist]
    count, _, best = max(counted, key=lambda entry: entry[:2])
    return best, count


def tell_apart(programs: Sequence[Program], random: Random, most: int) -> list[str]:
    """Up to `most` inputs on which the programs disagree, the one that splits them most first; [] when none was found.

    Inputs are of the kinds that held-out inputs of the likeliest programs would be of, drawn anew at each call.
    """
    compared = programs[:COMPARED]
    if len(compared) < 2:
        return []
    patterns: dict[tuple[int, ...], str] = {}
    for x in _pool(compared, random):
        outputs = [program(x) for program in compared]
        if any(output != outputs[0] for output in outputs):
            ranks: dict[str, int] = {}
            patterns.setdefault(tuple(ranks.setdefault(output, len(ranks)) for output in outputs), x)
    chosen: list[str] = []
    groups = [0] * len(compared)
    parts = 1
    while patterns and len(chosen) < most:
        best = max(patterns, key=lambda pattern: len(set(zip(groups, pattern, strict=True))))
        numbers: dict[tuple[int, int], int] = {}
        groups = [numbers.setdefault(key, len(numbers)) for key in zip(groups, best, strict=True)]
        if len(numbers) == parts:
            break
        parts = len(numbers)
        chosen.append(patterns.pop(best))
    return chosen


def _pool(programs: Sequence[Program], random: Random) -> list[str]:
    lenders = programs[:LENDERS]
    each = min(POOL, EVALUATIONS // len(programs)) // len(lenders)
    drawn: dict[str, None] = {}
    for program in lenders:
        drawn.update(dict.fromkeys(like_held_out(program, random, max(8, each))))
    return list(drawn)


def like_held_out(program: Program, random: Random, count: int) -> list[str]:
    """About `count` inputs, half drawn as held-out ones would be if the program is right, half from its branches."""
    spec = program.spec
    branches = sum(len(OPERATIONS[step.operation].branches) for step in spec.steps)
    local = in_branches(random, spec, max(1, count // (2 * branches)))
    drawn = stratified(random, spec, max(4, count // 2))
    return askable([*drawn, *local])


def askable(texts: Iterable[str]) -> list[str]:
    """Those that are not too long to be asked."""
    return [x for x in texts if len(x) <= StringsFunction.longest_query]
