"""A local cloud for each file of tests; a file that wants another one overrides the fixture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_cloud import LocalCloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(wait_scale=0.01) as running:
        yield running
