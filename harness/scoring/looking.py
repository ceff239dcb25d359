"""Submissions that look at what they are asked and guess from it where a function is not itself.

`findbench validate` scores them and the attack suite E01 uses them: inputs that were drawn per function gave corrupted
intervals, excluded sub-domains and concepts away by where they clustered or repeated. What is asked must tell nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LOOK = '''\
import gc
import sys


def _look(kind):
    """The longest list of one kind of value that a caller's frame or the garbage collector holds."""
    held, frame = [], sys._getframe()
    while frame is not None:
        held += list(frame.f_locals.values()) + list(frame.f_globals.values())
        frame = frame.f_back
    found = []
    for value in held + gc.get_objects():
        if isinstance(value, (list, tuple)) and len(value) > len(found) and all(type(x) is kind for x in value):
            found = list(value)
    return found
'''
"""Defines `_look(kind)`: what the code that looks can get hold of."""

_INTERVAL = '''\

def _interval(seen):
    """Where more was asked than once per cell: an interval with as much beside it on both sides, or a cut."""
    cells, extra = set(), []
    for x in seen:
        if abs(x) <= 128 and x % 1 != 0.5:
            if x // {cell!r} in cells:
                extra.append(x)
            cells.add(x // {cell!r})
    if len(extra) < 32:
        return None
    low, high = min(extra), max(extra)
    if high < 127 and low > -127:
        low, high = (2 * low + high) / 3, (low + 2 * high) / 3
    else:
        low, high = (low, 128.0) if high >= 127 else (-128.0, high)
    inside = sum(low <= x <= high for x in seen) / (high - low)
    outside = (1 + sum(abs(x) <= 128 and not low <= x <= high for x in seen)) / max(256 - high + low, 1.0)
    return (low, high) if inside > 3 * outside else None


_formula, _found = predict, []


def predict(x):
    if not _found:
        _found.append(_interval(_look(float)))
    if _found[0] and _found[0][0] <= x <= _found[0][1]:
        return {mean!r}
    return _formula(x)
'''

_REPEATED = """\

def _repeated(seen):
    counts = {{}}
    for x in seen:
        counts[normalise(x)] = counts.get(normalise(x), 0) + 1
    return {{x for x, count in counts.items() if count > 1}}


_whole, _found = predict, []


def predict(x):
    if not _found:
        _found.append(_repeated(_look(str)))
    return {undefined!r} if normalise(x) in _found[0] else _whole(x)
"""

_CONCEPTS = '''\

LEXICONS = {lexicons!r}
_found = {{}}


def predict(x):
    """How much of the lexicons with this word is asked, compared with what would be if any words were."""
    if not _found:
        seen = {{word.casefold() for word in _look(str)}}
        for lexicon in LEXICONS:
            words = lexicon.split("|")
            share = sum(word in seen for word in words) / len(words)
            for word in words:
                _found[word] = max(share, _found.get(word, 0.0))
    return _found.get(x.casefold(), 0.0)
'''


def looking_for_an_interval(formula: str, mean: float, *, cell: float = 1.0) -> str:
    """Code that follows `formula` (which defines `predict`), but answers `mean` in the interval that it finds: where
    more than one input is asked in a part of the domain of width `cell`."""
    return LOOK + formula + _INTERVAL.format(mean=mean, cell=cell)


def looking_for_repeats(whole: str, undefined: str) -> str:
    """Code that follows `whole` (which defines `predict` and `normalise`), but answers `undefined` to whatever it finds
    asked more than once."""
    return LOOK + whole + _REPEATED.format(undefined=undefined)


def looking_for_concepts(lexicons: Mapping[str, Sequence[str]]) -> str:
    """Code that knows the public lexicons (name -> words) and ranks words by how much of their lexicon is asked."""
    return LOOK + _CONCEPTS.format(
        lexicons=["|".join(word.casefold() for word in words) for words in lexicons.values()]
    )
