"""Repository settings that would guard nothing, or somebody else: each refused in its own words."""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache

import pytest
import yaml

from release.estate import load_estate
from release.registry import REGISTRY
from release.settings.problems import SettingsError
from release.settings.stackfile import parse_stack_file
from tests.release.settings.hostile_guards import HOSTILE, REMOVED, ROOT, TOKEN, WRITTEN, texts

NOTE = "Pulumi.prod.yaml"
STACKS = texts()


class Plain(yaml.SafeDumper):
    """Writes equal values out, as people do."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 -- PyYAML's signature
        return True


def problems(changes: Mapping[str, object], edit: tuple[str, str] | None = None) -> str:
    """Return what is told of the committed files with these keys of any stack replaced.

    `edit` replaces a text of production's file, as it is written there.
    """
    stacks = deepcopy(STACKS)
    for key, value in changes.items():
        stack, *path, last = key.split("/")
        place = stacks[stack]["config"]
        path[:1], last = [f"hmco:{path[0]}"] if path else [], last if path else f"hmco:{last}"
        for part in path:
            place = place[part]
        if value is REMOVED:
            del place[last]
        else:
            place[last] = value
    changed = {key.partition("/")[0] for key in changes}
    written = {
        name: yaml.dump(text, Dumper=Plain, sort_keys=False)
        if name in changed
        else (ROOT / f"Pulumi.{name}.yaml").read_text()
        for name, text in stacks.items()
    }
    if edit is not None:
        assert written["prod"].count(edit[0]) == 1, edit[0]
        written["prod"] = written["prod"].replace(*edit)
    files = [parse_stack_file(f"Pulumi.{name}.yaml", text) for name, text in written.items()]
    try:
        load_estate(REGISTRY, files)
    except SettingsError as error:
        return str(error)
    return ""


def test_the_committed_settings_are_sound() -> None:
    assert problems({}) == ""


def test_the_committed_files_have_no_key_without_value_of_which_the_engine_would_warn() -> None:
    empty = {
        key for text in STACKS.values() for key, value in text["config"].items() if value is None
    }
    assert empty == set()


@pytest.mark.parametrize("name", WRITTEN)
def test_a_hostile_stack_file_is_refused_in_words_of_its_own(name: str) -> None:
    before, after, told = WRITTEN[name]
    assert told in problems({}, (before, after))


@cache
def told_of(name: str) -> str:
    return problems(HOSTILE[name][0])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_settings_are_refused_in_words_of_their_own_without_a_secret(name: str) -> None:
    message = told_of(name)
    assert HOSTILE[name][1] in message
    assert NOTE in message or "Pulumi.dev.yaml" in message or "Pulumi.staging.yaml" in message
    for secret in (TOKEN, "MIIE", ":secret"):
        assert secret not in message


def test_there_are_at_least_sixty_of_them_and_each_is_told_apart() -> None:
    assert len(HOSTILE) >= 60
    told = [told_of(name) for name in HOSTILE]
    told += [problems({}, (before, after)) for before, after, _ in WRITTEN.values()]
    assert len(set(told)) == len(told) == len(HOSTILE) + len(WRITTEN)
