"""D3: set-uid binaries in the image."""

from findbench.attacks.arena import Arena


def test_no_file_of_the_image_is_setuid_or_setgid_or_has_capabilities(arena: Arena) -> None:
    found = arena.inside(
        "[os.path.join(d, n) for d, _, files in os.walk('/') if not d.startswith(('/proc', '/sys')) for n in files"
        " if not os.path.islink(os.path.join(d, n)) and os.lstat(os.path.join(d, n)).st_mode & 0o6000]"
    )
    assert found == []
    assert (
        arena.inside(
            "[n for n in ('/usr/bin/sudo', '/bin/su', '/usr/bin/pkexec', '/usr/bin/newuidmap') if os.access(n, os.X_OK) and os.stat(n).st_mode & 0o4000]"
        )
        == []
    )
