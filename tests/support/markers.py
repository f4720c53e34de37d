"""Markers, all in one place: what `make check` leaves out.

A test belongs to the first lane unless the table names its file, its folder or the test itself. A file all of
whose tests are left out is not even imported: `aws_cdk` alone takes seconds.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MARKED = {
    # Synthesizes with the AWS CDK: every process starts Node.
    "cdk": """
        tests/stacks
        tests/cli/test_doctor.py
        tests/cli/test_doctor_command.py
        tests/cli/test_hostile_commands.py
        tests/cli/test_plan_command.py
        tests/cli/test_rollout.py
        tests/cli/test_template_command.py
        tests/cli/test_widths.py
        tests/dev/test_deploy.py
        tests/dev/test_deploy_trail.py
        tests/docs/test_embedding.py
        tests/local_cloud/test_alive.py
        tests/docs/test_readme.py
        tests/docs/test_trail_page.py
        tests/fuzz/test_fuzz_targets.py
        tests/proof/test_decisions.py
        """,
    # Starts the local cloud, or a part of it.
    "cloud": """
        tests/dev
        tests/local_cloud
        tests/catalogue/test_event_names.py
        tests/cli/test_athena.py
        tests/cli/test_backtest_log_group.py
        tests/cli/test_backtest_s3.py
        tests/cli/test_doctor.py
        tests/cli/test_doctor_command.py
        tests/cli/test_drill.py
        tests/cli/test_upload.py
        tests/cli/test_verify.py
        tests/cli/test_verify_modules.py
        tests/cli/test_verify_organization.py
        tests/docs/test_embedding.py
        tests/proof/test_corpus.py
        tests/stacks/test_answers_deployed.py
        tests/stacks/test_policies.py
        tests/stacks/test_single_template.py
        tests/stacks/test_synth.py
        tests/stacks/test_upgrade.py
        """,
    # Thousands of generated cases, every single slip, other processes: more than some seconds a file.
    "slow": """
        tests/catalogue/test_columns.py::test_a_row_of_a_control_says_what_changed
        tests/catalogue/test_columns.py::test_blanks_between_the_keys_of_a_record_change_nothing
        tests/catalogue/test_mutations.py
        tests/catalogue/test_own_controls.py
        tests/cli/test_backtest_files.py
        tests/cli/test_backtest_month.py
        tests/cli/test_backtest_texts.py
        tests/cli/test_hostile_files.py
        tests/cli/test_verify_evidence.py
        tests/dashboards
        tests/docs/test_docs.py::test_the_table_of_what_cannot_run_locally_names_just_that
        tests/filter_patterns/test_every_short_text.py
        tests/filter_patterns/test_generated.py
        tests/fuzz/test_fuzz.py
        tests/logs_insights/test_addresses.py
        tests/logs_insights/test_hostile_text.py
        tests/logs_insights/test_insights_cases.py
        tests/logs_insights/test_shortening.py::test_a_shipped_control_in_fewer_characters_is_proven_equal_to_its_patterns
        tests/logs_insights/test_shortening.py::test_the_union_of_shipped_controls_is_proven_equal_to_all_their_patterns
        tests/preview
        tests/proof/test_agreement.py
        tests/proof/test_hostile_records.py
        tests/proof/test_slips.py
        tests/proof/test_smt_slips.py
        tests/proof/test_text_witnesses.py
        tests/regex/test_every_short_text.py
        tests/regex/test_linear_regexes.py
        tests/sql/test_sql.py
        tests/sql/test_values.py
        tests/test_locks.py
        tests/test_wheel.py
        """,
    # Minutes: every slip, generated cases, hostile input, the wheel, a clone with controls of its own.
    # `make test-all` runs them, `make test` does not.
    "exhaustive": """
        tests/catalogue/test_mutations.py
        tests/catalogue/test_own_controls.py
        tests/cli/test_athena.py
        tests/cli/test_hostile_commands.py
        tests/cli/test_hostile_files.py
        tests/dev/test_smt.py
        tests/fuzz/test_fuzz_targets.py
        tests/local_cloud/test_alive.py::test_each_other_way_is_found_and_said_as_well
        tests/local_cloud/test_hostile_requests.py
        tests/logs_insights/test_shortening.py::test_the_union_of_shipped_controls_is_proven_equal_to_all_their_patterns[all]
        tests/proof/test_agreement.py
        tests/proof/test_hostile_records.py
        tests/proof/test_slips.py
        tests/proof/test_smt_slips.py
        tests/stacks/test_answers_deployed.py
        tests/stacks/test_effects.py
        tests/stacks/test_hostile_settings.py
        tests/test_wheel.py
        """,
}


def markers_of(test: str) -> set[str]:
    """The markers of a file or a test, by its path from the root, such as `tests/test_x.py::test_y`."""
    return {
        marker
        for marker, places in MARKED.items()
        if any(test == place or test.startswith(below) for place, below in _places(places))
    }


@cache
def _places(names: str) -> list[tuple[str, tuple[str, ...]]]:
    """Files, folders and tests, each with what the name of a test that belongs to it begins with."""
    return [(name, (f"{name}::", f"{name}[", f"{name}/")) for name in names.split()]


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
