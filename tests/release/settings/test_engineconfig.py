"""The engine's form of a stack file, one text per key, gives the settings that the file gives."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from release.estate import read_stack_files
from release.settings.engineconfig import stack_file_from_engine
from release.settings.problems import SettingsError
from release.settings.stackfile import StackFile
from tests.builders import MANUAL, Overrides, load_settings, stack

REPOSITORY = Path(__file__).parents[3]


def engine_form(text: str) -> dict[str, str]:
    """Return what the engine (3.259.0) gives a program: texts as they are, else sorted JSON."""
    config: dict[str, Any] = yaml.safe_load(text)["config"]
    return {key: _engine_text(value) for key, value in sorted(config.items())}


def _engine_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("file", read_stack_files(REPOSITORY), ids=lambda file: file.environment)
def test_a_committed_stack_file_means_the_same_through_the_engine(file: StackFile) -> None:
    through_engine = stack_file_from_engine(file.environment, engine_form(file.text))

    assert load_settings(through_engine) == load_settings(file)
    assert (through_engine.name, through_engine.environment) == (file.name, file.environment)


@pytest.mark.parametrize(
    "overrides",
    [
        {"orphanedResources": "null"},
        {"purpose": "'[looks, like, JSON]'"},
        {"purpose": "'42'"},
        {"notifications.on-deployed": "[ops]", "holds.alpha": '{reason: "a: b", by: "ü"}'},
        MANUAL,
    ],
    ids=str,
)
def test_a_variation_means_the_same_through_the_engine(overrides: Overrides) -> None:
    file = stack(overrides)

    assert load_settings(stack_file_from_engine("test", engine_form(file.text))) == load_settings(
        file
    )


def test_a_file_that_the_engine_wrote_anew_means_the_same() -> None:
    file = stack({"orphanedResources": "null"})
    anew = stack({"orphanedResources": '""', "revisionHistoryLimit": '"10"'})

    assert load_settings(anew) == load_settings(file)


def test_a_whole_setting_in_quotes_is_nothing_that_the_engine_writes() -> None:
    with pytest.raises(SettingsError, match="write a list"):
        load_settings(stack({"roles": "'[]'"}))


# What Go makes of a scalar is refused by its type or its form; these are the engine's own texts.
GUESSED = {
    "number-for-version": ("hmco:versions", '{"alpha":1.1}', "versions.alpha", "found 1.1"),
    "date-for-version": (
        "hmco:versions",
        '{"alpha":"2026-11-22 00:00:00 +0000 UTC"}',
        "versions.alpha",
        "is not an exact version",
    ),
    "date-for-day": (
        "hmco:holds",
        '{"alpha":{"reason":"r","by":"b","until":"2026-11-22 00:00:00 +0000 UTC"}}',
        "holds.alpha.until",
        'is not a valid day (YYYY-MM-DD, such as "2026-12-31")',
    ),
    "number-for-duration": ("hmco:soak", "1000", "soak", "'1000' is not a duration"),
    "text-for-number": ("hmco:revisionHistoryLimit", "ten", "revisionHistoryLimit", "whole number"),
    "fraction-for-number": (
        "hmco:revisionHistoryLimit",
        "1.5",
        "revisionHistoryLimit",
        "found 1.5",
    ),
    "text-for-record": ("hmco:approvals", "two", "approvals", 'found "two"; write a mapping'),
    "no-json": ("hmco:roles", "[{", "roles", 'found "[{"; write a list'),
    "infinite": ("hmco:revisionHistoryLimit", "Infinity", "revisionHistoryLimit", '"Infinity"'),
    "deep": ("hmco:roles", "[" * 100_000, "roles", "write a list"),
    "nothing": ("hmco:roles", "", "roles", "found null; write a list"),
    "unknown": ("hmco:bogus", "1", "bogus", "unknown setting"),
}


@pytest.mark.parametrize(("name", "text", "key", "words"), GUESSED.values(), ids=GUESSED)
def test_what_go_guessed_is_refused(name: str, text: str, key: str, words: str) -> None:
    values = engine_form(stack({"versions": "{alpha: 1.0.0}"}).text) | {name: text}

    with pytest.raises(SettingsError) as refusal:
        load_settings(stack_file_from_engine("test", values))

    (problem,) = refusal.value.problems
    assert (problem.file, problem.line, problem.key) == ("Pulumi.test.yaml", 0, key)
    assert words in problem.message


def test_keys_of_other_namespaces_are_left_out() -> None:
    values = {"kubernetes:context": "x", "hmco:soak": "1h", "hmc:soak": "2h"}
    assert stack_file_from_engine("test", values).config == {"soak": "1h"}
