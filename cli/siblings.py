"""The one bridge to the package `stacks`: modules with their types, each loaded when it is first used.

`stacks` is beside `cli` both in a clone and in a wheel. Most of it needs the extra `cdk`, and
loading it takes seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks import alarm_text, answer_facts, costs, dashboards, links, names, plan, settings
    from stacks.answers import expressions, questions
    from stacks.rollout import manifests, stack_set, targets
    from stacks.settings import settings as declarations
    from stacks.settings import trail_modes
    from stacks.single_template import stack as single_template

__all__ = [
    "alarm_text",
    "answer_facts",
    "costs",
    "dashboards",
    "declarations",
    "expressions",
    "links",
    "manifests",
    "names",
    "plan",
    "questions",
    "settings",
    "single_template",
    "stack_set",
    "targets",
    "trail_modes",
]

_MODULES = {
    "alarm_text": "alarm_text",
    "answer_facts": "answer_facts",
    "costs": "costs",
    "dashboards": "dashboards",
    "declarations": "settings.settings",
    "expressions": "answers.expressions",
    "links": "links",
    "manifests": "rollout.manifests",
    "names": "names",
    "plan": "plan",
    "questions": "answers.questions",
    "settings": "settings",
    "single_template": "single_template.stack",
    "stack_set": "rollout.stack_set",
    "targets": "rollout.targets",
    "trail_modes": "settings.trail_modes",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{str(__package__).removesuffix('cli')}stacks.{_MODULES[name]}")
