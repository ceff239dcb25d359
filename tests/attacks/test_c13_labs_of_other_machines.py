"""C13: two machines that share one engine: neither removes a lab in which the other works."""

from findbench.attacks.arena import Arena
from findbench.harness.sandbox import engine, image, ownership, sweep

ELSEWHERE = "4711-815-00000000-4026531836"
"""The token of an owner on a machine that was started another time, which cannot be asked whether it lives."""


def started(seconds: int) -> str:
    """A container of somebody on another machine, which runs so long."""
    api = engine.connect().api
    container = api.create_container(
        image.current().tag,
        entrypoint=["/usr/bin/python3", "-c", f"import time; time.sleep({seconds})"],
        labels={ownership.OWNER_LABEL: ELSEWHERE},
        network_disabled=True,
    )["Id"]
    api.start(container)
    return str(container)


def test_a_running_lab_of_another_machine_is_left_alone_and_one_that_ended_is_removed(arena: Arena) -> None:
    own = arena.lab()
    own.start()
    api = engine.connect().api
    running, ended = started(600), started(0)
    try:
        api.wait(ended, timeout=60)
        sweep.sweep()
        assert api.inspect_container(running)["State"]["Running"]
        assert not api.containers(all=True, filters={"id": ended})
        arena.assert_works(own)
    finally:
        engine.remove_container(engine.connect(), running)
