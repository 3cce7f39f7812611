"""What the launcher reads out of a command line before the engine does."""

import pytest

from tools.engine.arguments import read_arguments


@pytest.mark.parametrize(
    "line",
    [
        "up --stack prod",
        "up -s prod",
        "up --stack=prod",
        "--stack prod up",
        "-sprod up",
        "--color never up --yes -s prod",
        "up --yes --stack prod --expect-no-changes",
        "update --stack prod",
        "up --stack organization/hmco/prod",
    ],
)
def test_operation_and_stack_are_found_wherever_they_stand(line: str) -> None:
    request = read_arguments(line.split())
    assert (request.operation, request.stack) == ("up", "prod")


@pytest.mark.parametrize("line", ["", "stack ls", "config", "version", "login", "about --json"])
def test_a_command_that_reads_no_stack_file_is_no_operation(line: str) -> None:
    assert read_arguments(line.split()).operation is None


def test_a_value_of_a_flag_is_not_taken_for_the_command() -> None:
    assert read_arguments(["--color", "up", "preview"]).operation == "preview"


@pytest.mark.parametrize(
    ("line", "refreshes"),
    [
        ("refresh", True),
        ("up --refresh", True),
        ("up --refresh=true", True),
        ("preview -r", True),
        ("up", False),
        ("destroy", False),
    ],
)
def test_a_run_that_reads_objects_back_is_known(line: str, *, refreshes: bool) -> None:
    assert read_arguments(line.split()).refreshes is refreshes


def test_what_the_user_decided_is_left_alone() -> None:
    request = read_arguments(["up", "--help", "-C", "elsewhere"])
    assert request.asks_for_help
    assert request.changes_folder
