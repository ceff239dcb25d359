"""Fuzz: the one JSON of the protocol, a flat list of strings, and single texts.

Any bytes are exactly that, or WireError; what was decoded survives encoding, and is no larger than what came.
"""

from __future__ import annotations

import fuzzing

with fuzzing.instrumented("json", "json.decoder", "json.scanner", "findbench.sandbox_image.wire"):
    import json.decoder
    import json.scanner

    from findbench.sandbox_image import wire

slow = json.JSONDecoder()
slow.parse_string = json.decoder.py_scanstring  # type: ignore[attr-defined]  # not in the typed interface
slow.scan_once = json.scanner.py_make_scanner(slow)  # type: ignore[attr-defined]  # not in the typed interface
"""The standard library's parser without its C: the fuzzer sees its branches. It takes a little more (`"\\u83  "`)."""


def one_input(data: bytes) -> None:
    """The payload itself."""
    also = flat_list_of_strings(data)
    try:
        texts = wire.decode_texts(data)
    except wire.WireError:
        pass
    else:
        assert also
        assert type(texts) is list
        assert all(type(text) is str for text in texts)
        assert sum(map(len, texts)) + 2 * len(texts) <= len(data), "two quotes an item"
        assert wire.decode_texts(wire.encode_texts(texts)) == texts
        assert wire.decode_texts(bytearray(data)) == texts
    try:
        text = wire.decode_text(data)
    except wire.WireError:
        pass
    else:
        assert type(text) is str
        assert wire.encode_text(text) == data


def flat_list_of_strings(data: bytes) -> bool:
    """What the other parser thinks of it."""
    try:
        value = slow.decode(data.decode("ascii"))
    except (ValueError, RecursionError):
        return False
    return type(value) is list and all(type(item) is str for item in value)


def seeds() -> list[bytes]:
    """Lists and texts as labs send them, and JSON that is neither."""
    lists = [[], [""], ["a"], ["é", "\ud800", "🙂", "\0"], ["a"] * 100, ['"\\'], ["x" * 3000]]
    other = [
        b"{}",
        b"[1]",
        b'[["a"]]',
        b"null",
        b"[" * 2000,
        b'["a"',
        b'["a"] x',
        b"NaN",
        b"9" * 4095,
        b"\xef\xbb\xbf[]",
    ]
    return [wire.encode_texts(each) for each in lists] + [wire.encode_text("".join(each)) for each in lists] + other


if __name__ == "__main__":
    fuzzing.fuzz(one_input, seeds())
