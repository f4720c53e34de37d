"""Folders of control files -> the catalogue; the only file that reads files.

All faults of all files come out together: nothing is deployed from half a catalogue.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .alarm_rules import filter_faults
from .control import Control
from .detection import Disagreement, compile_proven, extend_prescribed, verify_cis_text, verify_prescribed
from .errors import Fault, NotCompilable, QueryError, Span
from .event_rules import name_faults
from .header import Header, read_header
from .matcher import Pattern
from .parameters import default_faults
from .parser import parse_query
from .query import Query
from .references import reference_faults
from .rules import query_faults
from .security_hub import TEXTS

INVESTIGATE = "investigate"
SUFFIX = ".cwli"
MAX_BYTES = 64 * 1024
GROUPS = ("cis", "extended", INVESTIGATE)

_NAME = re.compile(r"(?:([0-9]{1,4})-)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.cwli")
_ALARM_KEYS = ("title", "severity", "alarm", "why", "respond")
_ALARM_OPTIONS = ("cis", "security-hub", "pattern", "cis-pattern", "covers-more", "default")
_INVESTIGATION_KEYS = ("title", "why")


class Catalogue(Mapping[str, Control]):
    """Controls by their id, in the order of group, number and id; and what was merely odd."""

    def __init__(self, controls: list[Control], warnings: list[Fault]) -> None:
        self._controls = {control.id: control for control in sorted(controls, key=_order)}
        self.warnings = tuple(warnings)

    def __getitem__(self, slug: str) -> Control:
        return self._controls[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._controls)

    def __len__(self) -> int:
        return len(self._controls)


def load_catalogue(*paths: str | Path) -> Catalogue:
    """Reads every control below some folders, and proves each.

    Args:
        paths: folders of `.cwli` files or of folders of such; without any, the built-in queries.

    Raises:
        QueryError: with every fault of every file.
    """
    loader = _Loader()
    for path in paths or (built_in(),):
        loader.folder(Path(path))
    if any(fault.severity == "error" for fault in loader.faults):
        raise QueryError(loader.faults)
    return Catalogue(loader.controls, loader.faults)


def built_in() -> Path:
    """The folder of the queries that come with this package: within it, or beside it in a clone."""
    inside = Path(__file__).parent / "queries"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "queries"


def _order(control: Control) -> tuple[int, str, int, str]:
    known = GROUPS.index(control.group) if control.group in GROUPS else len(GROUPS)
    return known, control.group, control.number or 0, control.id


class _Loader:
    def __init__(self) -> None:
        self.controls: list[Control] = []
        self.faults: list[Fault] = []
        self.paths: dict[str, str] = {}
        self.claims: dict[str, str] = {}

    def folder(self, folder: Path) -> None:
        try:
            is_folder, is_there = folder.is_dir(), folder.exists()
        except OSError as error:  # a name of more characters than any has
            self.fault(f"cannot be read: {error.strerror}", str(folder), "name a folder of .cwli files")
            return
        if not is_folder:
            message = "this is a file" if is_there else "there is no such folder"
            self.fault(message, str(folder), "name a folder of .cwli files")
            return
        root = folder.resolve()
        for path in sorted(self.entries(root)):
            # Built-in files are named as in the repository, others as they were given.
            shown = Path("queries" if folder == built_in() else folder, path.relative_to(root)).as_posix()
            self.entry(path, shown, root)

    def entries(self, root: Path) -> Iterator[Path]:
        """Everything below a folder but plain folders; links are not followed."""
        for folder, folders, files in os.walk(root, onerror=self.unreadable):
            named = (Path(folder, name) for name in folders)
            yield from (path for path in named if path.is_symlink() or path.suffix == SUFFIX)
            yield from (Path(folder, name) for name in files)

    def unreadable(self, error: OSError) -> None:
        self.fault(
            f"cannot be read: {error.strerror}", str(error.filename), "allow reading it, or move it away"
        )

    def entry(self, path: Path, shown: str, root: Path) -> None:
        if path.suffix != SUFFIX and not path.is_dir():
            self.other(path.name, shown)
        elif refusal := _refusal(path, root):
            self.fault(refusal, shown, f"a control is a file in this folder, its name ends in {SUFFIX}")
        else:
            self.file(path, shown)

    def other(self, name: str, shown: str) -> None:
        """A file that is no control, unless it is plainly something else."""
        if not name.startswith((".", "_")) and not name.endswith((".md", ".py")):
            hint = f"a control's name ends in {SUFFIX}"
            self.faults.append(Fault("this file is not read", Span(0, 0), "", hint, shown, "warning"))

    def file(self, path: Path, shown: str) -> None:
        number, slug = self.name(path, shown)
        text = self.read(path, shown)
        if text is not None:
            self.control(text, shown, slug, number, path.parent.name)

    def name(self, path: Path, shown: str) -> tuple[int | None, str]:
        """Number and id; a file of a wrong name is read all the same, for its other faults."""
        name = _NAME.fullmatch(path.name)
        if not name:
            hint = "lower-case words joined by -, such as 16-vpn-changes.cwli"
            self.fault("this is no name of a control", shown, hint)
            return None, path.stem
        number, slug = name.groups()
        if slug in self.paths:
            hint = f"{self.paths[slug]} has it already: give one of them another name"
            self.fault(f"the id `{slug}` stands for two files", shown, hint)
        self.paths[slug] = shown
        return (int(number) if number else None), slug

    def read(self, path: Path, shown: str) -> str | None:
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)  # a huge file is refused without reading all of it
            if len(data) <= MAX_BYTES:
                return data.decode("utf-8-sig").replace("\r\n", "\n")
            self.fault(f"more than {MAX_BYTES:,} bytes", shown, "a control is one short query")
        except OSError as error:
            self.fault(f"cannot be read: {error.strerror}", shown, "allow reading it, or move it away")
        except UnicodeDecodeError as error:
            self.fault(f"byte {error.start} is not UTF-8", shown, "save the file as UTF-8")
        return None

    def control(self, text: str, path: str, slug: str, number: int | None, group: str) -> None:
        if unseen := _unseen(text, path):
            self.faults += unseen
            return
        is_alarm = group != INVESTIGATE
        keys = _ALARM_KEYS if is_alarm else _INVESTIGATION_KEYS
        header = read_header(text, path, keys, _ALARM_OPTIONS if is_alarm else ("parameter",))
        faults = [*header.faults, *reference_faults(text, path), *self.claimed(header, text, path)]
        try:
            query = parse_query(text, path)
            faults += query_faults(query, [parameter.name for parameter in header.parameters])
            faults += default_faults(query, header.parameters)
            faults += name_faults(query)
            faults += _alarm_faults(query, faults) if is_alarm else ()
        except QueryError as error:
            faults += error.faults
        self.faults += faults
        if all(fault.severity == "warning" for fault in faults):
            self.add(header, query, slug, number, group)

    def claimed(self, header: Header, text: str, path: str) -> Iterator[Fault]:
        """Security Hub's controls and sections of the benchmark belong to one file each."""
        hub = {"security-hub": [header.security_hub] if header.security_hub else []}
        sections = {"cis": [f"{version}={section}" for version, section in header.cis.items()]}
        for key, names in {**hub, **sections}.items():
            for name in names:
                if name in self.claims:
                    message = f"`{name}` is claimed by {self.claims[name]} too"
                    yield Fault(message, header.spans[key], text, "leave it in one of the files", path)
                self.claims.setdefault(name, path)
        expected = TEXTS.get(header.security_hub or "")
        if expected and header.patterns and header.patterns[0].text != expected:
            message = f"this is not the text that Security Hub's {header.security_hub} asks for"
            yield Fault(message, header.spans["pattern"], text, f"write: # pattern: {expected}", path)

    def add(self, header: Header, query: Query, slug: str, number: int | None, group: str) -> None:
        is_alarm = group != INVESTIGATE
        patterns: tuple[Pattern, ...] = ()
        reason: NotCompilable | None = None
        try:
            patterns = _patterns(header, query) if is_alarm else ()
        except NotCompilable as error:
            reason = error
        except Disagreement as error:
            self.faults.append(Fault(str(error), header.spans[error.key], query.text, error.hint, query.path))
            return
        if reason and header.patterns:
            self.faults += reason.faults  # a text that cannot be proven is not deployed
            return
        try:
            control = Control(
                id=slug,
                number=number,
                group=group,
                path=query.path,
                title=header.title,
                why=header.why,
                respond=header.respond,
                query=query,
                severity=header.severity,
                threshold=header.alarm[0],
                period=header.alarm[1],
                default=header.default if header.default is not None else group != "extended",
                cis=header.cis,
                security_hub=header.security_hub,
                cis_pattern=header.cis_pattern,
                covers_more=header.covers_more,
                parameters=header.parameters,
                is_alarm=is_alarm,
                patterns=patterns,
                not_compilable=reason,
                exact_pattern=header.patterns[0].text if header.patterns else None,
            )
            self.controls.append(control)
        except QueryError as error:
            self.faults += error.faults

    def fault(self, message: str, path: str, hint: str) -> None:
        self.faults.append(Fault(message, Span(0, 0), "", hint, path))


def _refusal(path: Path, root: Path) -> str:
    """Why something that looks like a control file, or like a folder of such, is not read; or nothing."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "this link leads nowhere" if path.is_symlink() else ""
    if not target.is_relative_to(root):
        return "this link leads out of the folder"
    if path.is_symlink() and target.is_dir():
        return "a link to a folder is not followed"
    return "" if target.is_file() else "this is no file"


def _unseen(text: str, path: str) -> list[Fault]:
    """The first character that nobody sees: it would mislead a reader, or end a deployment."""
    for at, char in enumerate(text):
        if not char.isprintable() and char not in "\n\t":
            message = f"the character U+{ord(char):04X} cannot be seen"
            return [Fault(message, Span(at, at + 1), text, "take it out, and save the file as UTF-8", path)]
    return []


def _patterns(header: Header, query: Query) -> tuple[Pattern, ...]:
    patterns = _proven(header, query)
    if header.cis_pattern:
        verify_cis_text(query, header.cis_pattern)
    return patterns


def _proven(header: Header, query: Query) -> tuple[Pattern, ...]:
    if not header.patterns:
        return compile_proven(query)
    if header.covers_more:
        return extend_prescribed(query, header.patterns, header.covers_more)
    return verify_prescribed(query, header.patterns)


def _alarm_faults(query: Query, faults: Sequence[Fault]) -> list[Fault]:
    """What is asked of the filters of a control with an alarm, as far as they can be understood."""
    if not list(query.early_filters()):
        hint = 'begin with: filter eventName = ".."'
        return [Fault("a control with an alarm needs a filter", query.span, query.text, hint, query.path)]
    return [] if any(fault.severity == "error" for fault in faults) else list(filter_faults(query))
