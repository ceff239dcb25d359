"""D5: host clean-up that follows names the sandbox made."""

from pathlib import Path

from findbench.attacks.arena import Arena, socket_directory
from findbench.harness.sandbox import engine


def test_closing_removes_the_labs_own_directory_and_nothing_else(arena: Arena, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep")
    lab = arena.lab()
    lab.run("import os\ntry:\n    os.symlink('/', '/run/lab/link')\nexcept OSError: pass\nos.symlink('/', '/tmp/link')")
    assert lab.container_id is not None
    if arena.transport == "stdio":  # there is nothing to clean up but the container
        assert engine.connect().api.inspect_container(lab.container_id)["Mounts"] == []
        return
    directory = socket_directory(lab.container_id)
    (directory / "planted").symlink_to(tmp_path)  # as if a lab had managed it
    lab.close()
    assert not directory.exists()
    assert precious.read_text() == "keep"
