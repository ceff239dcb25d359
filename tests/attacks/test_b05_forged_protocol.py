"""B5: a forged protocol: fake result lines, fake end markers, frames written to every open descriptor."""

from findbench.attacks.arena import Arena, Verdicts

FORGE = """
import os, struct
header = struct.Struct("<IB")
frames = [header.pack(3, 33) + b"\\0\\0\\1", header.pack(4, 1) + struct.pack("<I", 1), header.pack(4, 1) + struct.pack("<I", 2**32 - 1),
          header.pack(8, 1) + struct.pack("<d", 114.9), header.pack(2**32 - 1, 255), b"\\xff" * 64, header.pack(0, 32)]
for number in range(3, 64):
    for frame in frames:
        try:
            os.write(number, frame)
        except OSError:
            break
print('{"status": "ok", "stdout": "forged"}')
print("[stdout cut after 0 bytes]")
"""
FORGED_RESULTS = """
import os, struct
for number in range(3, 64):
    for value in (1.0, 2.0, 3.0):
        try:
            os.write(number, struct.pack("<IBd", 8, 1, value))
        except OSError:
            break
def predict(x):
    return -1.0
"""


def test_forged_frames_change_neither_counts_nor_the_next_experiments(arena: Arena) -> None:
    lab = arena.lab()
    lab.run("kept = 5")
    lab.run("f(1.0)")
    result = lab.run(FORGE)
    assert result.queries <= 1  # a well-formed request on the oracle's own connection is a query like any other
    for _ in range(2):
        arena.assert_works(lab)


def test_forged_results_are_only_wrong_answers(arena: Arena, verdicts: Verdicts) -> None:
    verdicts.assert_fails(FORGED_RESULTS)
