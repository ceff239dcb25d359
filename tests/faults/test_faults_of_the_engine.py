"""The container engine stops while episodes run: for a moment, and for good."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from faults.hurting import VICTIM, assert_completes, assert_stops_with_one_line, command
from faults.private_engine import private_engine
from run_help import finished, start, wait_until

from findbench.harness.records import Run
from findbench.harness.sandbox import engine


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a second engine, and the shared one must not stop")
def test_a_restarted_engine_is_waited_for_and_one_that_stays_away_stops_the_run_until_it_is_back(
    tmp_path: Path,
) -> None:
    with private_engine() as own, engine.using(own.host):
        out, mark = tmp_path / "restarted", tmp_path / "mark"
        process = start(*command(out), FAULT_MARK=str(mark), DOCKER_HOST=own.host)
        wait_until(mark.exists, process)
        before = finished(out)
        own.stop()
        own.start()
        stderr = assert_completes(process, out)
        assert "trying again" in stderr
        assert {name: finished(out)[name] for name in before} == before
        assert Run(out).load(VICTIM).attempts > 1

        out, mark = tmp_path / "away", tmp_path / "mark-2"
        process = start(*command(out), FAULT_MARK=str(mark), DOCKER_HOST=own.host)
        wait_until(mark.exists, process)
        before = finished(out)
        own.stop()
        assert_stops_with_one_line(process, "no container engine", "findbench setup")
        assert finished(out) == before
        own.start()
        assert_completes(start(*command(out), FAULT_MARK=str(mark), DOCKER_HOST=own.host), out)
        assert {name: finished(out)[name] for name in before} == before
        assert engine.connect().api.containers(all=True) == []
