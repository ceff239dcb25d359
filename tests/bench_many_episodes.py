"""Benchmark: many episodes against a server of fixed latency; how near does a run come to what the latency dictates?

python tests/bench_many_episodes.py --episodes 64 --rounds 20 --concurrency 16 --latency 1
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from llm_server import LlmServer, Outcome, by_round

SUBMIT = (
    "<submission>\n<description>d</description>\n<domain>d</domain>\n<code>\ndef predict(x):\n    return 0.0\n</code>\n"
)
FUNCTIONS = 4
"""Numeric functions of `smoke`; repeats make up the number of episodes."""


def rss_mib(pid: int) -> float:
    """Resident memory of a process, 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)


def measure(episodes: int, rounds: int, concurrency: int, latency: float, pool: int | None) -> dict[str, float]:
    """Run it, and compare."""
    experiments = [f"```python\nx = np.linspace(-128, 128, 20) + {n}\nprint(f(x))\n```" for n in range(rounds - 1)]
    first: list[float] = []
    script = by_round([*experiments, SUBMIT])

    def noting(body: dict[str, Any]) -> Outcome:
        if not first:
            first.append(time.monotonic() - latency)
        return script(body)

    with LlmServer(noting, latency=latency, keep=False) as server, tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-m",
            "findbench.harness.cli",
            "run",
            "smoke",
            "--category",
            "numeric",
            "--interpreter",
            "aia",
        ]
        command += ["--repeats", str(episodes // FUNCTIONS), "--rounds", str(rounds), "--out", f"{out}/run"]
        command += ["--concurrency", str(concurrency), "--protocol", "text", "--model", "m", "--base-url", server.url]
        command += [] if pool is None else ["--pool", str(pool)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        most = 0.0
        while process.poll() is None:
            most = max(most, rss_mib(process.pid))
            time.sleep(0.05)
        ended = time.monotonic()
        errors = process.stderr.read() if process.stderr else ""
        assert process.returncode == 0, errors[-2000:]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    ideal = latency * (rounds * episodes / concurrency)
    took = ended - first[0] - latency  # the first request is the look at the server, before any episode
    return {
        "episodes": episodes,
        "rounds": rounds,
        "concurrency": concurrency,
        "latency_s": latency,
        "ideal_s": ideal,
        "took_s": round(took, 2),
        "ratio": round(took / ideal, 3),
        "harness_mib": round(most, 1),
        "harness_cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "requests_at_once": server.most_at_once,
    }


def main() -> None:
    """Print one JSON line a setting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--pool", type=int, help="warm containers (default: the command's own)")
    chosen = parser.parse_args()
    os.environ.setdefault("OPENAI_API_KEY", "none")
    found = []
    for concurrency in chosen.concurrency:
        found.append(measure(chosen.episodes, chosen.rounds, concurrency, chosen.latency, chosen.pool))
        print(json.dumps(found[-1]), flush=True)
    if len(found) > 1:  # what all episodes share, such as embeddings and suites, falls out of the difference
        grown = (found[-1]["harness_mib"] - found[0]["harness_mib"]) / (chosen.concurrency[-1] - chosen.concurrency[0])
        print(json.dumps({"mib_per_concurrent_episode": round(grown, 2)}))


if __name__ == "__main__":
    main()
