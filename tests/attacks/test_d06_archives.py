"""D6: archive extraction from a container: there is none, and outputs that look like paths stay text."""

from pathlib import Path

from findbench.attacks.arena import Arena


def test_outputs_that_look_like_paths_are_only_text(arena: Arena, tmp_path: Path) -> None:
    code = "def predict(x):\n    return '../../../../' + x + '\\x00.json'\n"
    outputs = arena.judge().evaluate(code, ["etc/cron.d/x"]).outputs
    assert outputs == ["../../../../etc/cron.d/x\x00.json"]
