"""The conformance suite that any engine and runtime must pass before labs are trusted on it, as a library function.

The checks look from inside a lab, where it counts; the flags that should have produced what they see are in
`findbench.harness.sandbox`. The attack suite (`findbench attack`) goes further; this takes seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from findbench.functions.suites.builtin import load_suite
from findbench.harness.errors import FindbenchError
from findbench.harness.lab.coderunner import CodeRunner
from findbench.harness.lab.lab import Lab
from findbench.harness.sandbox.engine import MEMORY_OF_ALL, PROCESSES, using
from findbench.harness.sandbox.transport import resolve
from findbench.harness.schema.limits import Limits

if TYPE_CHECKING:
    from findbench.harness.sandbox.backend import Transport

LIMITS = Limits(memory_mib=256, processes=32, stdout_bytes=4096)


@dataclass(frozen=True)
class Check:
    """One thing that must hold."""

    name: str
    ok: bool
    detail: str = ""
    """What was seen instead."""
    limit: str = ""
    """The limit that it tries, in the words of `engine.unenforced`; labs may run where not all of them hold."""
    optional: bool = False
    """A second line of defence, which some kernels do not have."""


def _inside(lab: Lab, expression: str) -> Any:
    result = lab.run(f"import json, os\nprint(json.dumps({expression}))")
    return json.loads(result.stdout) if result.status == "ok" else result.stdout


def _status(lab: Lab) -> dict[str, str]:
    text = _inside(lab, "open('/proc/self/status').read()")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def _capabilities(lab: Lab) -> object:
    return [name for name, value in _status(lab).items() if name.startswith("Cap") and int(value, 16)] == []


def _user(lab: Lab) -> object:
    return "0" not in _status(lab)["Uid"].split()


def _new_privileges(lab: Lab) -> object:
    return _status(lab).get("NoNewPrivs", "1").strip() == "1"


def _system_calls(lab: Lab) -> object:
    """Under runc the filter shows; under gVisor its own kernel answers, so the calls themselves are tried."""
    code = "[__import__('ctypes').CDLL(None).syscall(n, 0, 0, 0, 0, 0) for n in (165, 321, 175, 246, 169)]"
    return set(_inside(lab, code)) == {-1}  # mount, bpf, init_module, kexec_load, reboot


def _root_is_read_only(lab: Lab) -> object:
    return _inside(
        lab,
        "[m.split()[1] for m in open('/proc/self/mounts') if os.path.isdir(m.split()[1])"
        " and os.access(m.split()[1], os.W_OK)]",
    ) == ["/tmp"]  # noqa: S108 - the container's tmpfs


def _no_network(lab: Lab) -> object:
    code = "import socket\ntry:\n    socket.create_connection(('8.8.8.8', 53), 1)\nexcept OSError:\n    print('none')"
    return lab.run(code).stdout == "none\n"


def _environment(lab: Lab) -> object:
    expected = {"HOME", "HOSTNAME", "LANG", "LC_CTYPE", "OPENBLAS_NUM_THREADS", "PATH", "PYTHONHASHSEED"}
    return set(_inside(lab, "list(os.environ)")) <= expected


def _only_its_own_socket(lab: Lab) -> object:
    return _inside(lab, "[os.path.join(root, name) for root, _, names in os.walk('/run') for name in names]") == (
        ["/run/lab/oracle"] if lab.transport == "unix" else []
    )


def _values(lab: Lab) -> object:
    result = lab.run("print(len(f(np.arange(5.0))), type(f(1.0)).__name__)")
    return (result.stdout, result.queries) == ("5 float\n", 6)


def _time_limit(lab: Lab) -> object:
    lab.run("kept = 1")
    result = lab.run("print('a')\nwhile True: pass", seconds=1.0)
    return (result.status, result.stdout, lab.run("print(kept)").stdout) == ("timeout", "a\n", "1\n")


def _memory_limit(lab: Lab) -> object:
    return lab.run("x = [bytearray(1 << 20) for _ in range(400)]").status == "memory"


def _process_limit(lab: Lab) -> object:
    code = (
        "import os, time\nmade = 0\ntry:\n    for _ in range(200):\n        if not os.fork():\n"
        "            time.sleep(60)\n            os._exit(0)\n        made += 1\nexcept OSError:\n    pass\nprint(made)"
    )
    result = lab.run(code, seconds=20.0)  # gVisor ends where its own processes find no room: that is a limit too
    made = int(result.stdout) if result.status == "ok" else 0
    return (made < LIMITS.processes and lab.run("print('alive')").stdout == "alive\n") or f"{made} processes were made"


def _memory_of_all(lab: Lab) -> object:
    """Five processes of 100 MiB each at one time, where 256 MiB are allowed."""
    code = (
        "import os, time\nheld, tell = os.pipe()\nmade = []\nfor _ in range(5):\n    made.append(os.fork())\n"
        "    if not made[-1]:\n        try:\n            x = bytearray(100 << 20)\n            os.write(tell, b'x')\n"
        "            time.sleep(60)\n        finally:\n            os._exit(0)\nos.set_blocking(held, False)\n"
        "count = 0\nfor _ in range(100):\n    time.sleep(0.05)\n    try:\n        count += len(os.read(held, 5))\n"
        "    except BlockingIOError:\n        pass\n    if count == 5: break\n"
        "time.sleep(0.5)\n"  # who has told may have been ended since, for the sake of the next
        "print(min(count, sum(os.waitpid(each, os.WNOHANG)[0] == 0 for each in made)))"
    )
    result = lab.run(code, seconds=20.0)
    count = int(result.stdout) if result.status == "ok" else 0
    return count < 5 or f"{100 * count} MiB were held"


def _stdout_limit(lab: Lab) -> object:
    result = lab.run("print('x' * 1_000_000)")
    return result.truncated and len(result.stdout) < 5000


def _stderr_apart(lab: Lab) -> object:
    result = lab.run("import sys\nprint('y' * 1_000_000, file=sys.stderr)\nprint('x')")
    return result.stdout == "x\n" and result.stderr.startswith("yyy") and len(result.stderr) < 5000


def _left(lab: Lab) -> object:
    return lab.run("before = f.left\nf([1.0, 2.0])\nprint(before - f.left)").stdout == "2\n"


CHECKS: dict[str, Callable[[Lab], object]] = {
    "no capabilities": _capabilities,
    "not root": _user,
    "no new privileges": _new_privileges,
    "dangerous system calls refused": _system_calls,
    "root read-only, one writable tmpfs": _root_is_read_only,
    "no network": _no_network,
    "neutral environment": _environment,
    "one socket, its own": _only_its_own_socket,
    "f answers and counts": _values,
    "time is limited, state survives": _time_limit,
    "memory is limited": _memory_limit,
    "stdout is limited": _stdout_limit,
    "stderr is limited and kept apart": _stderr_apart,
    "f says how many queries are left": _left,
}
LIMIT_CHECKS: dict[str, Callable[[Lab], object]] = {PROCESSES: _process_limit, MEMORY_OF_ALL: _memory_of_all}
"""By the limit, in the words of `engine.unenforced`."""
LEAVES = """
import os
def tried(action):
    try:
        action()
    except OSError:
        return ""
    return "done"
def predict(x):
    actions = lambda: open("/tmp/left", "w"), os.fork, lambda: os.kill(os.getppid(), 0)
    return "".join(map(tried, actions)) or "nothing"
"""
"""Submitted code that says what it could do that the next would notice."""


def self_check(engine: str | None = None, runtime: str = "runc", transport: Transport = "auto") -> list[Check]:
    """Run every check in labs of `runtime`, reached over `transport`, on the engine at `engine`.

    `engine` is an address as `DOCKER_HOST` has it; None: the one that every command finds.

    Returns one `Check` each, in order; a check that could not be made is not ok. Raises EngineError when no lab
    starts at all. Not for use beside running labs of another engine: the process speaks to one engine at a time.
    """
    with using(engine):
        return _check_all(runtime, resolve(transport))


def _check_all(runtime: str, transport: Transport) -> list[Check]:
    function = next(f for f in load_suite("smoke").values() if f.input_kind == "number")
    with Lab(function, limits=LIMITS, runtime=runtime, transport=transport) as lab:
        lab.start()
        results = [_run(name, check, lab) for name, check in CHECKS.items()]
        tried = {limit: _run(f"limited: {limit}", check, lab) for limit, check in LIMIT_CHECKS.items()}
        results += [replace(check, limit=limit) for limit, check in tried.items()]
    with CodeRunner(limits=LIMITS, runtime=runtime, transport=transport) as judge:
        outputs = judge.evaluate("def predict(x):\n    return 2 * x", np.arange(3.0).tolist()).outputs
        results.append(Check("submitted code is evaluated", outputs == [0.0, 2.0, 4.0], str(outputs)))
        left = judge.evaluate(LEAVES, [1.0], output_kind="text").outputs
        results.append(Check("submitted code leaves nothing behind", left == ["nothing"], str(left)))
        seen = judge.evaluate("def predict(x):\n    return open(x).read(1)", ["/proc/1/stat"]).outputs
        results.append(Check("submitted code reads the image only (Landlock)", seen == [None], optional=True))
        outputs = judge.evaluate("def predict(x):\n    return f(x)", [1.0]).outputs
        results.append(Check("no oracle where code is scored", outputs == [None], str(outputs)))
    return results


def _run(name: str, check: Callable[[Lab], object], lab: Lab) -> Check:
    try:
        seen = check(lab)
    except (FindbenchError, ValueError, KeyError, TypeError) as error:
        return Check(name, ok=False, detail=f"{type(error).__name__}: {error}")
    detail = seen if isinstance(seen, str) else "" if seen is True else "does not hold"
    return Check(name, ok=seen is True, detail=detail)
