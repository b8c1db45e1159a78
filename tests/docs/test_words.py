"""Code, messages and docs use the terms of the field and natural English, and keep doing so."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "docs/examples/**/*.py", "zoo_core/**/*.py", "plugins/*/src/**/*.py")
    for path in ROOT.glob(pattern)
)
WORDS = {
    r"\b(is|are) none of (the|a|its)\b": "is not one of",
    r"\bis no (?!longer\b|more than\b|fewer\b|lower\b)[\w`']+": "is not a ...",
    r"\bshould be a text\b|\bno text\b|\blists? of texts\b": "string",
    r"\bsurest\b|\bless sure\b": "highest-scoring, lower-scoring",
    r"\bmisfits?\b|\bdisagreements?\b": "incompatibility",
    r"\b(data|data set|folder|file) has not\b": "is not in the ...",
    r"\bBy what\b": "divisors, weight, factor",
    r"\b(anchor|it|could|which) answers? for\b": "is assigned to",
    r"\blies? behind\b": "done",
    r"\bplaces? (counted|in the class|of (a|the) class)": "index",
    r"\bwhence\b|\bforetold\b|\bbegins? anew\b": "from where, predicted, starts from scratch",
    r"\b[Kk]eeps the promise\b": "implements",
}
"""What not to write, with what to write instead."""
THERE_IS = re.compile(r"\b[Tt]here (is|are|was|were) n(o|one)\b")
"""Natural: there is no GPU."""


def test_text_uses_the_terms_of_the_field():
    stilted = re.compile("|".join(f"(?:{pattern})" for pattern in WORDS))
    found = [
        f"{path.relative_to(ROOT)}: {match[0]!r}: write {instead(match[0])}"
        for path in FILES
        for match in stilted.finditer(THERE_IS.sub("", path.read_text(encoding="utf-8")))
    ]
    assert not found, "\n".join(found)


def instead(text: str) -> str:
    return next(word for pattern, word in WORDS.items() if re.search(pattern, text))


def test_the_patterns_find_what_they_are_for():
    for bad in ("'x' is no box format", "should be a text; given 3", "an anchor answers for an object"):
        assert any(re.search(pattern, bad) for pattern in WORDS), bad
    for good in ("the loss is no longer a number", "is not a box format", "should be a string"):
        assert not any(re.search(pattern, good) for pattern in WORDS), good
