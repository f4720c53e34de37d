"""One file with CloudTrail's records, on disk or in S3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

# They lie beside the records and hold none.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
DIGEST = "_CloudTrail-Digest_"
DIGESTS = "digest files, which hold no records"
S3 = "s3://"


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its name, its size as it is stored, and how it is opened."""

    name: str
    size: int
    path: Path | None = None
    stored: Callable[[], IO[bytes]] | None = None  # of an object in S3
    is_named: bool = False  # by the command line, and not found in a folder

    def open(self) -> IO[bytes]:
        """The stored bytes."""
        if self.stored:
            return self.stored()
        return cast(Path, self.path).open("rb")
