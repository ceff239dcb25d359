"""Relations of English words and numbers: lemminflect and inflect; common words are the vocabulary of a tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import inflect
import lemminflect

from findbench.functions.entities.embedding import vocabulary
from findbench.functions.relations.registry import kind, rule, subdomain

MOST = 350
"""Words a kind: the first in the tokenizer's order, which is roughly that of frequency."""
NUMBERS = range(1, 200)

kind("verb", "an English verb", "verbs")
kind("noun", "an English noun", "nouns")
kind("adjective", "an English adjective", "adjectives")
kind("number", "a whole number in digits", "numbers")
kind("number word", "a whole number in English words", "numbers in words")


@lru_cache(maxsize=8)
def _lemmas(part: str, tag: str) -> list[tuple[str, str]]:
    """(lemma, inflected form) of common words whose form is unambiguous."""
    found = []
    for word in vocabulary():
        if len(word) < 3 or lemminflect.getAllLemmas(word, upos=part).get(part, ("",))[0] != word:
            continue
        forms = lemminflect.getInflection(word, tag=tag, inflect_oov=False)
        if len(forms) == 1 and " " not in forms[0] and (part != "NOUN" or forms[0] != word):
            found.append((word, forms[0]))
        if len(found) == MOST:
            break
    return found


def _numbers() -> Iterator[tuple[str, str, str, str]]:
    """(digits, words, ordinal digits, ordinal words)."""
    engine = inflect.engine()
    for n in NUMBERS:
        words = str(engine.number_to_words(str(n)))
        yield str(n), words, str(engine.ordinal(str(n))), str(engine.ordinal(words))


def _irregular(part: str, tag: str, ending: str) -> list[str]:
    return [word for word, form in _lemmas(part, tag) if not form.endswith(ending)]


rule("verb to past tense", "verb", "the past tense")(lambda: _lemmas("VERB", "VBD"))
rule("verb to past participle", "verb", "the past participle")(lambda: _lemmas("VERB", "VBN"))
rule("verb to present participle", "verb", "the present participle (the -ing form)")(lambda: _lemmas("VERB", "VBG"))
rule("verb to third person", "verb", "the third person singular of the present tense")(lambda: _lemmas("VERB", "VBZ"))
rule("noun to plural", "noun", "the plural")(lambda: _lemmas("NOUN", "NNS"))
rule("adjective to comparative", "adjective", "the comparative")(lambda: _lemmas("ADJ", "JJR"))
rule("adjective to superlative", "adjective", "the superlative")(lambda: _lemmas("ADJ", "JJS"))
rule("number to words", "number", "the number in English words")(lambda: ((n[0], n[1]) for n in _numbers()))
rule("number to ordinal", "number", "the ordinal in digits with its ending")(lambda: ((n[0], n[2]) for n in _numbers()))
rule("number words to ordinal words", "number word", "the ordinal in words")(lambda: ((n[1], n[3]) for n in _numbers()))
rule("number words to digits", "number word", "the number in digits")(lambda: ((n[1], n[0]) for n in _numbers()))

subdomain("verb", "verbs whose past tense does not end in -ed", lambda: _irregular("VERB", "VBD", "ed"))
subdomain("noun", "nouns whose plural does not end in -s", lambda: _irregular("NOUN", "NNS", "s"))


def _which(part: str, tag: str, inside: Callable[[str], bool]) -> Callable[[], list[str]]:
    return lambda: [word for word, _ in _lemmas(part, tag) if inside(word)]


def _numbers_which(index: int, inside: Callable[[int], bool]) -> Callable[[], list[str]]:
    return lambda: [forms[index] for forms in _numbers() if inside(int(forms[0]))]


for _kind, _index in (("number", 0), ("number word", 1)):
    subdomain(_kind, "even numbers", _numbers_which(_index, lambda n: n % 2 == 0))
    subdomain(_kind, "multiples of five", _numbers_which(_index, lambda n: n % 5 == 0))
    subdomain(_kind, "numbers above one hundred", _numbers_which(_index, lambda n: n > 100))
for _kind, _several, _part, _tag in (
    ("verb", "verbs", "VERB", "VBD"),
    ("noun", "nouns", "NOUN", "NNS"),
    ("adjective", "adjectives", "ADJ", "JJR"),
):
    subdomain(_kind, f"{_several} that begin with a vowel", _which(_part, _tag, lambda w: w[0] in "aeiou"))
    subdomain(_kind, f"{_several} of at most four letters", _which(_part, _tag, lambda w: len(w) <= 4))
    subdomain(_kind, f"{_several} that end in the letter e", _which(_part, _tag, lambda w: w[-1] == "e"))
