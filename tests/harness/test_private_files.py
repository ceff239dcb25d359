"""What the harness writes is its owner's alone, whatever the umask says; what a person has made keeps its rights."""

import subprocess
import sys
from pathlib import Path

import pytest
from llm_server import LlmServer, by_round
from run_help import VERSIONS, config, findbench, make_environment, record

from findbench.harness import private
from findbench.harness.errors import UsageError
from findbench.harness.model.cache import ChatCache
from findbench.harness.model.client import ChatClient
from findbench.harness.records import Run
from findbench.harness.schema.model import ModelSettings


def modes(directory: Path) -> dict[str, int]:
    """Relative path -> permissions, of everything in `directory`."""
    return {str(path.relative_to(directory)): path.stat().st_mode & 0o777 for path in directory.rglob("*")}


def assert_private(directory: Path) -> None:
    found = modes(directory)
    assert found
    assert found == {name: 0o700 if (directory / name).is_dir() else 0o600 for name in found}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_a_run_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    writing = (
        "import sys\nfrom pathlib import Path\nfrom run_help import VERSIONS, config, record\n"
        "from findbench.harness.records import Run\n"
        "with Run.open_for_writing(Path(sys.argv[1]), config(), VERSIONS) as run:\n"
        "    run.save(record())\n    run.save_calibrations([])\n"
    )
    command = [
        "sh",
        "-c",
        f'umask {umask:o}; exec "$@"',
        "sh",
        sys.executable,
        "-c",
        writing,
        str(tmp_path / "new" / "r"),
    ]
    subprocess.run(command, check=True, env=make_environment(), timeout=60)
    assert_private(tmp_path)
    assert set(modes(tmp_path / "new" / "r")) >= {"run.json", ".lock", "judges.json", "episodes/numeric/0000.json"}
    assert findbench("report", tmp_path / "new" / "r", "--html").returncode == 0
    assert_private(tmp_path)


def test_a_directory_that_a_person_made_keeps_its_rights_and_what_is_written_there_is_private(tmp_path: Path) -> None:
    out = tmp_path / "shared"
    out.mkdir()
    out.chmod(0o755)
    with Run.open_for_writing(out, config(), VERSIONS) as run:
        run.save(record())
    assert out.stat().st_mode & 0o777 == 0o755
    assert_private(out)


def test_a_lock_that_others_could_hold_is_taken_from_them(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    (tmp_path / ".lock").chmod(0o666)
    with Run.open_for_writing(tmp_path, config(), VERSIONS):
        assert_private(tmp_path)


def test_a_lock_that_is_a_link_is_refused_and_what_it_leads_to_untouched(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "mine").chmod(0o644)
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / ".lock").symlink_to(tmp_path / "mine")
    with (
        pytest.raises(UsageError, match="cannot write to"),
        Run.open_for_writing(tmp_path / "r", config(), VERSIONS),
    ):
        pass
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o644


def test_the_reply_cache_is_its_owners_alone(tmp_path: Path) -> None:
    with LlmServer(by_round(["x"])) as server, ChatClient(ModelSettings(model="m", base_url=server.url)) as client:
        ChatCache(client, tmp_path / "a" / "cache").chat([{"role": "user", "content": "q"}])
    assert_private(tmp_path)
    assert len(modes(tmp_path)) == 4


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    private.replace(path, "old", prefix=".")
    with pytest.raises(UnicodeEncodeError):
        private.replace(path, "\ud800", prefix=".")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
