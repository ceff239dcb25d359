"""D5: host clean-up that follows names the sandbox made."""

from pathlib import Path

from findbench.attacks.arena import Arena


def test_closing_removes_the_labs_own_directory_and_nothing_else(arena: Arena, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep")
    lab = arena.lab()
    lab.run("import os\ntry:\n    os.symlink('/', '/run/lab/link')\nexcept OSError: pass\nos.symlink('/', '/tmp/link')")
    assert lab._sandbox is not None
    directory = lab._sandbox.directory
    (directory / "planted").symlink_to(tmp_path)  # as if a lab had managed it
    lab.close()
    assert not directory.exists()
    assert precious.read_text() == "keep"
