"""B10: submitted code calling `f` while it is scored."""

from findbench.attacks.arena import ORACLE, Arena, Verdicts

CALLS = (
    ORACLE
    + """
import struct
def predict(x):
    try:
        return f(x)
    except NameError:
        sock = oracle_socket()
        sock.sendall(struct.pack("<IBd", 8, 1, x))
        return struct.unpack("<IBd", sock.recv(13))[2]
"""
)


def test_there_is_no_oracle_where_code_is_scored(arena: Arena, verdicts: Verdicts) -> None:
    evaluation = arena.judge().evaluate(CALLS, [1.0, 2.0])
    assert evaluation.outputs == [None, None]
    verdicts.assert_fails(CALLS)


def test_a_running_lab_of_the_same_function_is_out_of_reach(arena: Arena, verdicts: Verdicts) -> None:
    lab = arena.lab()
    lab.run("f(1.0)")
    verdicts.assert_fails(CALLS)
    assert lab.queries == 1
