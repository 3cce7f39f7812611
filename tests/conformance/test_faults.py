"""Each fault of the workflows that were there before has a test that it cannot come back."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parents[1]
HELD: Final[Mapping[str, str]] = {
    "F1 cannot open its pull request, and blocks the second run": (
        "test_running_it_twice_leaves_one_pull_request_and_one_commit"
    ),
    "F2 a pull request that starts no checks": "pull_requests_come_from_the_app",
    "F3 inputs become shell": "test_a_name_that_is_none_is_refused_before_anything_is_done",
    "F4 any folder is a chart": "test_a_name_that_is_no_chart_is_misuse",
    "F5 goes down": "test_a_hand_that_goes_back_breaks_the_rule_that_the_rollback_refuses_with",
    "F6 leading zeros and no pre-releases": "test_a_version_of_the_wrong_kind_is_misuse",
    "F7 a second changelog section by a second promotion": (
        "test_what_staging_pins_moves_to_prod_whatever_the_chart_says_by_now"
    ),
    "F8 one version for all environments": (
        "test_one_changed_pin_changes_one_application_in_one_environment"
    ),
    "F9 nobody looks at the source": (
        "test_a_promotion_is_refused_with_the_fact_and_the_next_step"
    ),
    "F10 the first step has no record": "test_what_dev_runs_unreleased_is_cut_in_the_same_change",
    "F11 a target that does not run the chart": (
        "test_a_chart_that_the_target_does_not_run_is_refused_with_what_it_runs"
    ),
    "F12 lint after the pull request, without the environment's values": (
        "test_what_helm_does_not_lint_or_render_for_the_target_is_refused_before_anything_is_made"
    ),
    "F13 aborts halfway": "test_a_full_disk_leaves_every_byte_as_it_was",
    "F14 the changelog is spliced unseen": "test_a_cut_only_adds_lines_or_refuses",
    "F15 no tag, no release": (
        "test_a_version_that_landed_is_tagged_there_and_released_with_its_changelog"
    ),
    "F16 released files change": "test_a_released_file_that_changed_is_told",
    "F17 required checks that never report": (
        "test_the_required_check_is_the_name_of_the_job_that_our_workflow_reports"
    ),
    "F18 approvals that nothing enforces": (
        "test_production_needs_team_leads_and_sre_each_by_an_entry_of_its_own"
    ),
    "F19 a revert takes every environment back": "test_a_rollback_writes_pin_and_hold_at_once",
    "F20 Argo CD refuses the emergency": (
        "test_a_rollback_where_argo_cd_syncs_by_itself_tells_to_stop_that_first"
    ),
    "F21 a changelog entry by a quoted here-document": (
        "test_a_note_becomes_the_section_of_its_kind"
    ),
    "F22 no permissions, no concurrency, movable actions": "test_no_linter_has_anything_to_say",
    "F23 commands that do something else than the page says": (
        "test_the_commands_of_a_section_do_what_it_shows"
    ),
}


def test_every_fault_has_a_test_that_is_there() -> None:
    assert [name.split()[0] for name in HELD] == [f"F{number}" for number in range(1, 24)]
    text = "".join(file.read_text(encoding="utf-8") for file in TESTS.rglob("*.py"))
    defined = set(re.findall(r"(?m)^def (\w+)\(", text))
    assert set(HELD.values()) - defined == set()
