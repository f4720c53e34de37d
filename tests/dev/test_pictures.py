"""The README's pictures show the dashboards as they are, and load fast."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev import pictures


def test_the_pictures_are_not_older_than_what_they_show() -> None:
    written = pictures.FINGERPRINT.read_text(encoding="utf-8").strip()
    assert written == pictures.find_fingerprint(), "make pictures takes them anew"


def test_another_overview_makes_them_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "read_style", lambda: "")
    assert pictures.find_fingerprint() != pictures.FINGERPRINT.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_is_small_and_shown_on_the_first_screen(name: str) -> None:
    path = pictures.FOLDER / f"{name}.png"
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size < pictures.MAX_SIZE
    assert f"docs/pictures/{name}.png" in Path("README.md").read_text(encoding="utf-8")[:2_500]
