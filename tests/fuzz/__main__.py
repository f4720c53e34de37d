"""`python -m tests.fuzz TARGET [libFuzzer's flags]`: one target until it fails or its time is over.

https://llvm.org/docs/LibFuzzer.html#options
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

try:
    import atheris
except ModuleNotFoundError:
    sys.exit("this needs atheris, which is there for Linux: make fuzz, or pip install atheris")

_INSTRUMENTED = [
    "cis_insights",
    "stacks.settings.context",
    "stacks.plan",
    "stacks.settings.settings",
    "stacks.settings.readers",
    "cli",
    "local_cloud",
]
with atheris.instrument_imports(include=_INSTRUMENTED):
    from .seeds import seeds, words
    from .targets import TARGETS

_BOUNDS = ("-timeout=10", "-rss_limit_mb=2048", "-max_len=8192")


def main(name: str, *flags: str) -> None:
    """Starts from the seeds; what it finds interesting is kept in `.cache/fuzz/` for the next run."""
    corpus = Path(".cache", "fuzz", name)
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds(name)):
            Path(folder, str(number)).write_bytes(seed)
        dictionary = Path(folder, "words.dict")
        dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in words(name)))
        found = f"-artifact_prefix={corpus.parent}/{name}-"
        start = [sys.argv[0], *_BOUNDS, found, f"-dict={dictionary}", *flags, str(corpus), folder]
        atheris.Setup(start, TARGETS[name])
        atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: python -m tests.fuzz {'|'.join(TARGETS)} [-max_total_time=SECONDS ...]")
    main(*sys.argv[1:])
