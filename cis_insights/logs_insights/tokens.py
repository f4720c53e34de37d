"""A tokenizer that the parser pulls from: it looks only for what the grammar expects at this place.

So `/` is never ambiguous: a regex after `like`, a division elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import ascii_letters, digits

from ..errors import Fault, QueryError, Span
from .hints import OPERATORS, WORDS

# Names with other characters are written in backticks:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Guidelines.html
_NAME = r"(?:[0-9]*[A-Za-z_@][A-Za-z0-9_@]*|`[^`\n]+`)(?:\.(?:[A-Za-z0-9_@]+|`[^`\n]+`)|\[[0-9]{1,9}\])*"
_UNITS = (
    r"ms|msecs?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?"
    r"|mo|mons?|months?|q|qtrs?|quarters?|y|yrs?|years?"
)

# The characters that a token can begin with, and what it looks like.
_RULES: dict[str, tuple[str, str]] = {
    "NAME": (f"{ascii_letters}{digits}_@`", _NAME),
    "WORD": (f"{ascii_letters}_", r"[A-Za-z_]+(?![A-Za-z0-9_@.`])"),
    "DURATION": (digits, rf"[0-9]{{1,9}} ?(?:{_UNITS})(?![A-Za-z0-9_])"),
    "NUMBER": (digits, r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_@`])"),
    "STRING": ("\"'", r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''),
    # AWS shows one that continues in the next line, unless that begins another command.
    "REGEX": ("/", r"/(?:[^/\\\n]|\\.|(?<!\|)\n(?![ \t]*[|#/]))+/"),
    "PARAMETER": ("{", r"\{\{\s*[A-Za-z_][A-Za-z0-9_]*\s*\}\}"),
    "COMPARE": ("<>!=", r"<=|>=|!=|=(?![~=])|<(?!>)|>"),
    "MATCH": ("=", r"=~"),
    "SUM": ("+-", r"[+-]"),
    "PRODUCT": ("*/%", r"[*%]|/(?!/)"),
    "POWER": ("^", r"\^"),
    "STAR": ("*", r"\*"),
    "BANG": ("!", r"!(?!=)"),
    "OPEN": ("(", r"\("),
    "CLOSE": (")", r"\)"),
    "OPEN_LIST": ("[", r"\["),
    "CLOSE_LIST": ("]", r"\]"),
    "COMMA": (",", r","),
    "PIPE": ("|", r"\|(?!\|)"),
    "END": ("", r"\Z"),
}
_BEGINNINGS = {kind: beginnings for kind, (beginnings, _) in _RULES.items()}
RULES = {kind: re.compile(rule) for kind, (_, rule) in _RULES.items()}
_BLANK = re.compile(r"\s*(#[^\n]*)?")

# For the message where nothing fits: the first of these that matches is what was found.
_FOUND = ("STRING", "NAME", "NUMBER", "PARAMETER", "COMPARE", "MATCH")


@dataclass(frozen=True, slots=True)
class Token:
    """A rule's name, the matched text, and its place."""

    kind: str
    text: str
    span: Span


class Tokenizer:
    """Reads `text` from the left; `comments` keeps the spans of the comments passed over."""

    def __init__(self, text: str, *, path: str) -> None:
        self.text = text
        self.path = path
        self.position = 0
        self.comments: list[Span] = []
        self.skip()

    def check(self, *kinds: str) -> Token | None:
        """The next token if it is of one of `kinds`; nothing is consumed."""
        for kind in kinds:
            # Most kinds are ruled out by one character; the end of the text is in every string.
            if self._char in _BEGINNINGS[kind] and (match := RULES[kind].match(self.text, self.position)):
                return Token(kind, match.group(), Span(*match.span()))
        return None

    def take(self, *kinds: str) -> Token | None:
        """As `check`, and consumes it."""
        if token := self.check(*kinds):
            self.position = token.span.end
            self.skip()
        return token

    def word(self, *words: str) -> Token | None:
        """Consumes the next word if it is one of `words`; keywords are not case-sensitive."""
        return self.take("WORD") if self._word in words else None

    def peek_word(self, *words: str) -> bool:
        """Whether the next word is one of `words`."""
        return self._word in words

    def expect(self, *kinds: str, expected: str) -> Token:
        """As `take`; raises `QueryError` saying what was expected and what was found."""
        if token := self.take(*kinds):
            return token
        raise self.unexpected(expected)

    def unexpected(self, expected: str) -> QueryError:
        """The error for a place where only `expected` fits."""
        found = self._found()
        what = f"'{found}'" if found else "the end of the query"
        span = Span(self.position, self.position + len(found))
        return self.error(f"expected {expected}, found {what}", span, self._hint())

    def error(self, message: str, span: Span, hint: str = "") -> QueryError:
        """A `QueryError` in this text."""
        return QueryError(Fault(message, span, self.text, hint, self.path))

    def _hint(self) -> str:
        """The hint for the word, or the longest operator, at this place."""
        if word := self.check("WORD"):
            return WORDS.get(word.text.lower(), "")
        closed = self.check("STRING", "REGEX")
        return "" if closed else OPERATORS.get(self._operator(), "")

    def _found(self) -> str:
        token = self.check(*_FOUND)
        return token.text if token else self._operator()

    def _operator(self) -> str:
        operator = self.text[self.position : self.position + 2]
        return operator if operator in OPERATORS else operator[:1]

    def skip(self) -> None:
        """Passes over white space and comments."""
        while match := _BLANK.match(self.text, self.position):
            self.position = match.end()
            if match[1] is None:
                break
            self.comments.append(Span(*match.span(1)))
        self._char = self.text[self.position : self.position + 1]
        word = RULES["WORD"].match(self.text, self.position)
        self._word = word.group().lower() if word else ""
