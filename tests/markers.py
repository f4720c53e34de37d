"""Markers, all in one place: what `make check` leaves out.

A test belongs to the first lane unless the table names its file, its folder or the test itself. A file all of
whose tests are left out is not even imported: `aws_cdk` alone takes seconds.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MARKED = {
    # Synthesizes with the AWS CDK: every process starts Node.
    "cdk": """
        tests/test_accounts.py
        tests/test_dashboards.py
        tests/test_decisions.py
        tests/test_deploy.py
        tests/test_deploy_trail.py
        tests/test_doctor.py
        tests/test_effects.py
        tests/test_embedding.py
        tests/test_fuzz_targets.py
        tests/test_hostile_commands.py
        tests/test_hostile_settings.py
        tests/test_monitoring.py
        tests/test_names.py
        tests/test_pacing.py
        tests/test_policies.py
        tests/test_readme.py
        tests/test_references.py
        tests/test_rollout.py
        tests/test_settings.py
        tests/test_settings_at_work.py
        tests/test_settings_in_code.py
        tests/test_single_template.py
        tests/test_stack_set.py
        tests/test_synth.py
        tests/test_template.py
        tests/test_template_command.py
        tests/test_trail.py
        tests/test_trail_page.py
        tests/test_upgrade.py
        """,
    # Starts the local cloud, or a part of it.
    "cloud": """
        tests/test_athena.py
        tests/test_backtest.py
        tests/test_browser.py
        tests/test_corpus.py
        tests/test_deploy.py
        tests/test_deploy_trail.py
        tests/test_doctor.py
        tests/test_event_names.py
        tests/test_hostile_connections.py
        tests/test_hostile_requests.py
        tests/test_local_cloud.py
        tests/test_local_cloud_door.py
        tests/test_local_cloud_permissions.py
        tests/test_local_cloud_queries.py
        tests/test_local_cloud_refusals.py
        tests/test_local_cloud_resources.py
        tests/test_local_cloud_server.py
        tests/test_local_cloud_trails.py
        tests/test_local_cloud_wire.py
        tests/test_policies.py
        tests/test_policy_evaluation.py
        tests/test_proof.py
        tests/test_single_template.py
        tests/test_synth.py
        tests/test_upgrade.py
        """,
    # Thousands of generated cases, every single slip, other processes: more than some seconds a file.
    "slow": """
        tests/test_agreement.py
        tests/test_fuzz.py
        tests/test_hostile_records.py
        tests/test_insights_cases.py
        tests/test_locks.py
        tests/test_matcher_generated.py
        tests/test_mutations.py
        tests/test_own_controls.py
        tests/test_slips.py
        tests/test_smt_slips.py
        tests/test_sql.py
        tests/test_wheel.py
        """,
}


def markers_of(test: str) -> set[str]:
    """The markers of a file or a test, by its path from the root, such as `tests/test_x.py::test_y`."""
    return {
        marker
        for marker, places in MARKED.items()
        if any(
            test == place or test.startswith((f"{place}::", f"{place}[", f"{place}/"))
            for place in places.split()
        )
    }


def left_out(expression: str) -> set[str]:
    """The markers that `-m` leaves out, where it does nothing else: `not cdk and not slow`."""
    terms = expression.split(" and ") if expression else []
    found = [re.fullmatch(r"not (\w+)", term) for term in terms]
    return {match[1] for match in found if match} if all(found) else set()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Does not import what is left out anyway."""
    place = collection_path.relative_to(ROOT).as_posix() if collection_path.is_relative_to(ROOT) else ""
    return True if markers_of(place) & left_out(config.option.markexpr) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives every test its markers."""
    for item in items:
        for marker in markers_of(item.nodeid):
            item.add_marker(marker)
