"""A4: `gc.get_objects()`, referrers, a scan of all modules."""

from findbench.attacks.arena import Arena

SCAN = """
import gc, sys
gc.unfreeze() if hasattr(gc, "unfreeze") else None
def texts():
    for thing in gc.get_objects():
        try:
            if isinstance(thing, dict):
                yield from (repr(k)[:300] + repr(v)[:300] for k, v in list(thing.items())[:500] if isinstance(v, (str, bytes, dict)))
            elif isinstance(thing, (list, tuple, set)) and len(thing) < 500:
                yield from (repr(item)[:300] for item in thing if isinstance(item, (str, bytes)))
        except Exception:
            pass
    for module in list(sys.modules.values()):
        yield from (repr(value)[:300] for value in list(getattr(module, "__dict__", {}).values()) if isinstance(value, (str, bytes)))
for text in texts():
    for match in PATTERN.findall(text.encode("utf-8", "replace")):
        print("found", match)
        raise SystemExit
"""


def test_no_object_of_the_interpreter_holds_a_secret(arena: Arena) -> None:
    arena.assert_reads_nothing(SCAN)


def test_objects_hold_the_secret_in_an_unsafe_lab(arena: Arena) -> None:
    arena.assert_unsafe_leaks(SCAN)
