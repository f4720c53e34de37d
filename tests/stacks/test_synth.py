"""The CDK CLI as it is pinned, with `cdk.json` as it is: what it says at synth."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from pathlib import Path

import aws_cdk

from dev import ROOT
from dev.deployment import CDK_PATH, find_cdk

FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
# GovCloud is a target too, and nothing is collected.
OURS = {
    "@aws-cdk/core:target-partitions": ["aws", "aws-cn", "aws-us-gov"],
    "@aws-cdk/core:enableAdditionalMetadataCollection": False,
}


def _synth(folder: Path, *context: str) -> str:
    """What `cdk synth` prints besides the template."""
    given = ("cis-insights:log-group-name=trail", "cis-insights:subscribers=soc@example.com", *context)
    flags = [word for setting in given for word in ("-c", setting)]
    validated = {name: value for name, value in os.environ.items() if name != "CDK_VALIDATION"}
    done = subprocess.run(  # noqa: S603  # the pinned CDK CLI, with our own arguments
        [find_cdk(), "synth", "--quiet", "--no-notices", "--output", str(folder), *flags],
        cwd=ROOT,
        env={**validated, "PATH": CDK_PATH, "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


def test_the_flags_are_those_that_the_pinned_cdk_recommends() -> None:
    (bundled,) = Path(str(aws_cdk.__file__)).parent.joinpath("_jsii").glob("aws-cdk-lib@*.tgz")
    with tarfile.open(bundled) as archive:
        member = archive.extractfile("package/recommended-feature-flags.json")
        assert member
        recommended = json.load(member)
    assert {**recommended, **OURS} == FLAGS


def test_a_synth_says_nothing_but_what_has_no_effect(tmp_path: Path) -> None:
    assert "feature flags" not in (quiet := _synth(tmp_path / "a"))
    assert "WARNING" not in quiet
    said = _synth(tmp_path / "b", "cis-insights:subscribers-low=a@b.cd")
    assert "subscribers-low: warning: no effect: no alarm of severity low is deployed" in said
    assert "feature flags" not in said
