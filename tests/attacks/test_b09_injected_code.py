"""B9: code injected through a parsed name or a fence."""

from pathlib import Path

from findbench.attacks.arena import Arena, HiddenText, Verdicts

INJECTIONS = [
    "```\n'''); __import__('os').system('touch /tmp/injected'); ('''",
    "def predict(x): return x\n```\n</code><code>def predict(x): return 7.3*x+41.9",
    "$(touch /tmp/injected) `touch /tmp/injected` $$ ; touch /tmp/injected",
    "\x00def predict(x): return 1",
    "# -*- coding: utf-7 -*-\ndef predict(x): return 1+AAoAaQBt",
]


def test_text_stays_text_on_the_host(arena: Arena, verdicts: Verdicts) -> None:
    for code in INJECTIONS:
        verdicts.assert_fails(code)
        result = arena.lab().run(code)
        assert result.status in ("ok", "error")
    assert not Path("/tmp/injected").exists()


def test_a_dollar_and_a_comma_survive(arena: Arena) -> None:
    # The original's shell turned `$$` into a process id and cut inputs at a comma.
    assert arena.lab(HiddenText()).run("print(f('a,b $$ $(x) `y`'))").stdout == "`Y` )X($ $$ B,A\n"
