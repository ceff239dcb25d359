"""Relations of languages, currencies, months and days: facts of pycountry and babel."""

from __future__ import annotations

from collections.abc import Iterator

import pycountry
from babel import Locale, localedata
from babel.numbers import get_currency_symbol

from findbench.functions.relations.registry import kind, rule, subdomain

kind("language", "a language", "languages")
kind("currency code", "the ISO code of a currency", "currency codes")
kind("date name", "the English name of a month or a day of the week", "months and days")


def _languages() -> Iterator[tuple[str, str]]:
    """(two-letter code, English name) of languages that have both, and their own locale."""
    known = set(localedata.locale_identifiers())
    names = Locale("en").languages
    for language in pycountry.languages:
        code = getattr(language, "alpha_2", None)
        if code in names and code in known:
            yield code, names[code]


def _dates(locale: str) -> Iterator[tuple[str, str]]:
    english, other = Locale("en"), Locale(locale)
    for key, name in english.months["format"]["wide"].items():
        yield name, other.months["stand-alone"]["wide"][key]
    for key, name in english.days["format"]["wide"].items():
        yield name, other.days["stand-alone"]["wide"][key]


def _own(code: str) -> str:
    return str(Locale(code).languages.get(code, ""))


def _currencies() -> list[str]:
    return [c.alpha_3 for c in pycountry.currencies if not c.alpha_3.startswith("X")]


rule("language to code", "language", "the ISO 639 two-letter code")(
    lambda: ((name, code) for code, name in _languages())
)
rule("language to own name", "language", "the name in the language itself")(
    lambda: ((name, _own(code)) for code, name in _languages())
)
rule("language in French", "language", "the French name")(
    lambda: ((name, Locale("fr").languages[code]) for code, name in _languages())
)
rule("language in Spanish", "language", "the Spanish name")(
    lambda: ((name, Locale("es").languages[code]) for code, name in _languages())
)
rule("currency code to name", "currency code", "the English name")(
    lambda: ((code, Locale("en").currencies[code]) for code in _currencies() if code in Locale("en").currencies)
)
rule("currency code to numeric code", "currency code", "the ISO 4217 numeric code (three digits)")(
    lambda: ((code, pycountry.currencies.lookup(code).numeric) for code in _currencies())
)
rule("date in French", "date name", "the French name")(lambda: _dates("fr"))
rule("date in German", "date name", "the German name")(lambda: _dates("de"))
rule("date in Italian", "date name", "the Italian name")(lambda: _dates("it"))

subdomain(
    "language",
    "languages that babel writes in a non-Latin script",
    lambda: [name for code, name in _languages() if _own(code)[:1] > "\u024f"],
)
subdomain(
    "currency code",
    "codes of currencies called dollar",
    lambda: [code for code in _currencies() if "dollar" in Locale("en").currencies.get(code, "").lower()],
)
subdomain(
    "currency code",
    "codes of currencies with a symbol of their own",
    lambda: [code for code in _currencies() if get_currency_symbol(code, locale="en") != code],
)
subdomain("date name", "days of the week", lambda: Locale("en").days["format"]["wide"].values())
subdomain("date name", "months", lambda: Locale("en").months["format"]["wide"].values())
