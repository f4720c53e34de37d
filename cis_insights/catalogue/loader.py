"""Folders of control files -> the catalogue; the only file that reads files.

All faults of all files are raised together: nothing is deployed from half a catalogue.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import Fault, QueryError, Span
from .control import Control
from .control_file import EXTENDED, INVESTIGATE, MAX_BYTES, ControlFile, Place, read_control_file

SUFFIX = ".cwli"
GROUPS = ("cis", EXTENDED, INVESTIGATE)
EVENTS = "events"  # a folder beside the controls: what they match, and what not; see docs/controls.md

ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NAME = re.compile(rf"(?:([0-9]{{1,4}})-)?({ID.pattern})\.cwli")


class Catalogue(Mapping[str, Control]):
    """Controls by id, in the order of group, number and id; and the warnings."""

    def __init__(self, controls: list[Control], warnings: list[Fault]) -> None:
        self._controls = {control.id: control for control in sorted(controls, key=_sort_key)}
        self._narrowed: dict[tuple[str, tuple[str, ...]], Control] = {}
        self.warnings = tuple(warnings)

    def __getitem__(self, slug: str) -> Control:
        return self._controls[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._controls)

    def __len__(self) -> int:
        return len(self._controls)

    def exclude(self, id: str, conditions: tuple[str, ...]) -> Control:
        """A control without the events that meet some conditions, compiled and proven once for all readers.

        Raises:
            QueryError: see `Control.excluding`.
        """
        if (id, conditions) not in self._narrowed:
            self._narrowed[id, conditions] = self[id].excluding(conditions)
        return self._narrowed[id, conditions]


def load_catalogue(*paths: str | Path) -> Catalogue:
    """Reads every control below some folders, and proves each.

    Args:
        paths: folders of `.cwli` files or of folders of such; without any, the built-in queries.

    Raises:
        QueryError: with every fault of every file.
    """
    loader = _Loader()
    for path in paths or (built_in(),):
        loader.read_folder(Path(path))
    if any(fault.severity == "error" for fault in loader.faults):
        raise QueryError(loader.faults)
    return Catalogue(loader.controls, loader.faults)


def built_in() -> Path:
    """The folder of the queries that come with this package: within it, or beside it in a clone."""
    inside = Path(__file__).parents[1] / "queries"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "queries"


def read_id(name: str) -> str | None:
    """The id in the name of a control file; None in another name."""
    found = _NAME.fullmatch(name)
    return found[2] if found else None


def _sort_key(control: Control) -> tuple[int, str, int, str]:
    known = GROUPS.index(control.group) if control.group in GROUPS else len(GROUPS)
    return known, control.group, control.number or 0, control.id


class _Loader:
    def __init__(self) -> None:
        self.controls: list[Control] = []
        self.faults: list[Fault] = []
        self.paths: dict[str, str] = {}
        self.claims: dict[str, str] = {}

    def read_folder(self, folder: Path) -> None:
        """Reads every control below a folder."""
        try:
            is_folder, is_there = folder.is_dir(), folder.exists()
        except OSError as error:  # a name longer than the file system allows
            self.add_fault(f"cannot be read: {error.strerror}", str(folder), "name a folder of .cwli files")
            return
        if not is_folder:
            message = "this is a file" if is_there else "there is no such folder"
            self.add_fault(message, str(folder), "name a folder of .cwli files")
            return
        root = folder.resolve()
        entries = sorted(self.list_entries(root))
        if not any(path.suffix == SUFFIX for path in entries):
            hint = f"a control's name ends in {SUFFIX}; cis-insights new ID --folder FOLDER writes one"
            self.add_fault("there is no control in this folder", str(folder), hint)
        for path in entries:
            # Built-in files are named as in the repository, others as they were given.
            shown = Path("queries" if folder == built_in() else folder, path.relative_to(root)).as_posix()
            self.read_entry(path, shown, root)

    def list_entries(self, root: Path) -> Iterator[Path]:
        """Everything below a folder except plain folders; links are not followed."""
        for folder, folders, files in os.walk(root, onerror=self.report_unreadable):
            named = (Path(folder, name) for name in folders)
            yield from (path for path in named if path.is_symlink() or path.suffix == SUFFIX)
            yield from (Path(folder, name) for name in files)

    def report_unreadable(self, error: OSError) -> None:
        self.add_fault(
            f"cannot be read: {error.strerror}", str(error.filename), "allow reading it, or move it away"
        )

    def read_entry(self, path: Path, shown: str, root: Path) -> None:
        if path.suffix != SUFFIX and not path.is_dir():
            self.warn_of_other(path.relative_to(root), shown)
        elif refusal := _find_refusal(path, root):
            self.add_fault(refusal, shown, f"a control is a file in this folder, its name ends in {SUFFIX}")
        else:
            self.read_control(path, shown)

    def warn_of_other(self, path: Path, shown: str) -> None:
        """Warns of a file that is not a control, unless it is obviously something else."""
        is_event = path.parts[0] == EVENTS and path.suffix == ".json"
        if not is_event and not path.name.startswith((".", "_")) and path.suffix not in (".md", ".py"):
            hint = f"a control's name ends in {SUFFIX}"
            self.faults.append(Fault("this file is not read", Span(0, 0), "", hint, shown, "warning"))

    def read_control(self, path: Path, shown: str) -> None:
        number, slug = self.read_name(path, shown)
        data = self.read_bytes(path, shown)
        if data is not None:
            file = read_control_file(data, Place(shown, slug, number, path.parent.name))
            self.faults += [*file.faults, *self.claim(file)]
            self.controls += [file.control] if file.control else []

    def read_name(self, path: Path, shown: str) -> tuple[int | None, str]:
        """Number and id; a file with a wrong name is read nevertheless, for its other faults."""
        name = _NAME.fullmatch(path.name)
        if not name:
            hint = "lower-case words joined by -, such as 16-vpn-changes.cwli"
            self.add_fault("this is not a control's name", shown, hint)
            return None, path.stem
        number, slug = name.groups()
        if slug in self.paths:
            hint = f"{self.paths[slug]} has it already: give one of them another name"
            self.add_fault(f"the id `{slug}` is that of two files", shown, hint)
        self.paths[slug] = shown
        return (int(number) if number else None), slug

    def read_bytes(self, path: Path, shown: str) -> bytes | None:
        try:
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)  # a huge file is refused without reading all of it
        except OSError as error:
            self.add_fault(f"cannot be read: {error.strerror}", shown, "allow reading it, or move it away")
        return None

    def claim(self, file: ControlFile) -> Iterator[Fault]:
        """Security Hub's controls and sections of the benchmark belong to one file each."""
        for name, span in file.claims.items():
            if name in self.claims:
                message = f"`{name}` is claimed by {self.claims[name]} too"
                yield Fault(message, span, file.text, "leave it in one of the files", file.place.path)
            self.claims.setdefault(name, file.place.path)

    def add_fault(self, message: str, path: str, hint: str) -> None:
        self.faults.append(Fault(message, Span(0, 0), "", hint, path))


def _find_refusal(path: Path, root: Path) -> str:
    """Why something that looks like a control file, or like a folder of such, is not read; or nothing."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "this link leads nowhere" if path.is_symlink() else ""
    if not target.is_relative_to(root):
        return "this link leads out of the folder"
    if path.is_symlink() and target.is_dir():
        return "a link to a folder is not followed"
    return "" if target.is_file() else "this is not a file"
