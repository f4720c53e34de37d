"""Edge values, at which answers change: texts, their parts, numbers and operators."""

from __future__ import annotations

import operator
from collections.abc import Callable

from cis_insights.filter_patterns.syntax import NumericOperator, PresenceTestKind

WORDS = (
    *"x xy X yx 5 5.0 5. .5 -0 0 1 1.0 true null 0x10 1e999 9007199254740993 é jürgen 日本 😀 a.b".split(),
    *r"{, {,3} ^x$ [x] %x% \ \\ \d \u{78} 'x' x/y $x |".split(),
    *("", " ", "x ", " x", "x\ty", "x\ny", 'a"b', "\x7f"),
)
PARTS = (*r"x y xy X - _ . / {, [ ] ^ $ | \ é 日 \d 5 (x) {1,2} + ?".split(), 'a"b', " ", "\n", "")
NUMBERS = (
    *(0.0, 1.0, 0.0, 1.0, -0.0, -1.0, 2.0, 5.0, 6.0, 0.1, 0.5, 2.5, -2.5, 0.30000000000000004),
    *(2.0**31, 2.0**31 - 1, -(2.0**31), 2.0**53, 2.0**53 - 1, 2.0**53 + 2, -(2.0**53), 2.0**60),
    *(1e300, 1.5e308, 1.7976931348623157e308, -1.7976931348623157e308, 5e-324, -5e-324, 2.5e-308),
)
HOLDS: dict[NumericOperator, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NEAR: dict[NumericOperator, tuple[NumericOperator, ...]] = {
    "=": ("<=", ">="),
    "<": ("<=",),
    "<=": ("<", "=", "="),
    ">": (">=",),
    ">=": (">", "=", "="),
}
APART: tuple[NumericOperator, ...] = ("<", ">")
BITS: tuple[tuple[PresenceTestKind, int], ...] = (("IS TRUE", 1), ("IS FALSE", 0))
