"""What no stack file alone shows to be wrong: order, collisions, and what the registry forbids."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from release.charts.record import Namespace
from release.estate import load_estate, load_past_estate, read_stack_files
from release.registry import REGISTRY
from release.settings.problems import SettingsError
from tests.builders import (
    MANUAL,
    Overrides,
    chart,
    environment,
    estate,
    own_names,
    registry,
    stack,
)

REPOSITORY = Path(__file__).parents[2]


def refused(stacks: Mapping[str, Overrides]) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        estate(stacks)
    return [str(problem) for problem in refusal.value.problems]


def test_environments_stand_behind_their_sources() -> None:
    found = estate(
        {
            "a-prod": {"promotesFrom": "[qa, staging]"},
            "dev": {},
            "qa": {"promotesFrom": "[dev]"},
            "staging": {"promotesFrom": "[dev]"},
        }
    )

    assert list(found.environments) == ["dev", "qa", "staging", "a-prod"]
    assert found.targets == {
        "dev": ("qa", "staging"),
        "qa": ("a-prod",),
        "staging": ("a-prod",),
        "a-prod": (),
    }


def test_the_order_does_not_depend_on_the_order_of_the_files() -> None:
    stacks: dict[str, Overrides] = {"b": {"promotesFrom": "[a]"}, "a": {}, "c": {}}

    assert list(estate(stacks).environments) == ["a", "c", "b"]
    assert list(estate(dict(reversed(stacks.items()))).environments) == ["a", "c", "b"]


def test_an_unknown_source_is_refused_with_the_nearest_name() -> None:
    (problem,) = refused({"dev": {}, "prod": {"promotesFrom": "[dve]"}})

    assert problem == (
        "Pulumi.prod.yaml:4: promotesFrom.0: dve is not an environment; did you mean dev? "
        "(known: dev, prod)"
    )


def test_a_circle_of_promotions_is_refused_at_each_of_its_environments() -> None:
    problems = refused(
        {
            "a": {"promotesFrom": "[c]"},
            "b": {"promotesFrom": "[a]"},
            "c": {"promotesFrom": "[b]"},
            "outside": {"promotesFrom": "[c]"},
        }
    )

    assert [problem.split(":")[0] for problem in problems] == [
        "Pulumi.a.yaml",
        "Pulumi.b.yaml",
        "Pulumi.c.yaml",
    ]
    assert "promotes in a circle: a <- c <- b <- a; remove one of these" in problems[0]


@pytest.mark.parametrize("sources", ["[prod]", "[qa]", "[gone]"])
def test_a_past_state_in_a_circle_or_from_nowhere_says_nothing_of_promotions(sources: str) -> None:
    prod, qa = (
        stack({"promotesFrom": sources}, name="prod"),
        stack({"promotesFrom": "[prod]"}, name="qa"),
    )

    assert load_past_estate(registry(), [prod, qa]) is None


def test_one_project_for_two_environments_is_refused() -> None:
    (problem,) = refused({"a": {"project": "same"}, "b": {"project": "same"}})

    assert problem.startswith("Pulumi.b.yaml:2: project: a already has project same;")
    assert "every environment needs its own" in problem


@pytest.mark.parametrize(
    ("one", "other"), [("build/x", "build/x"), ("build", "build/x"), ("build/x", "build")]
)
def test_directories_that_hold_each_other_are_refused(one: str, other: str) -> None:
    (problem,) = refused({"a": {"delivery.directory": one}, "b": {"delivery.directory": other}})

    assert problem.startswith("Pulumi.b.yaml")
    assert f"delivery.directory: a already writes to {one}" in problem
    assert "none inside another's" in problem


def test_directories_with_a_common_beginning_are_accepted() -> None:
    found = estate(
        {"a": {"delivery.directory": "build/x"}, "b": {"delivery.directory": "build/xy"}}
    )

    assert len(found.environments) == 2


def test_problems_of_all_files_and_between_them_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_estate(
            registry(),
            [
                stack(own_names("a") | {"soak": "soon", "project": "same"}, name="a"),
                stack(own_names("b") | {"project": "same", "promotesFrom": "[gone]"}, name="b"),
                stack({"versions": "{gone: 1.0.0}", "roles": "x"}, name="c"),
            ],
        )

    assert [(problem.file, problem.key) for problem in refusal.value.problems] == [
        ("Pulumi.a.yaml", "soak"),
        ("Pulumi.b.yaml", "project"),
        ("Pulumi.b.yaml", "promotesFrom.0"),
        ("Pulumi.c.yaml", "versions.gone"),
        ("Pulumi.c.yaml", "roles"),
    ]


def test_a_file_that_cannot_be_read_is_still_a_known_source() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_estate(
            registry(),
            [stack({"promotesFrom": "[broken]"}), stack({"soak": '"'}, name="broken")],
        )

    assert [problem.file for problem in refusal.value.problems] == ["Pulumi.broken.yaml"]


@pytest.mark.parametrize("name", ["Prod", "a" * 33, "prod_eu", "-a", "a b", "pr\u043ed"])
def test_an_environment_whose_name_objects_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        environment(name=name)

    (problem,) = refusal.value.problems
    assert problem.message.startswith(f"the environment's name {name!r} becomes part of object")
    assert "rename the file" in problem.message


def single(overrides: Overrides, **fields: Any) -> str:
    with pytest.raises(SettingsError) as refusal:
        environment(
            {"versions": "{alpha: 1.0.0}"} | dict(overrides), charts=registry(chart(**fields))
        )
    (problem,) = refusal.value.problems
    assert problem.key == "versions.alpha"
    return problem.message


def test_a_chart_in_argo_cds_own_namespace_is_refused() -> None:
    message = single({"argocd.namespace": "alpha-test"})

    assert message.startswith("deploys into alpha-test, Argo CD's own namespace")


def test_a_template_that_reaches_argo_cds_namespace_is_refused() -> None:
    message = single({"destination.namespaceSuffix": '""'}, fixed_namespaces=("argocd",))

    assert message.startswith("deploys into argocd, Argo CD's own namespace")


def test_a_namespace_that_grows_too_long_is_refused() -> None:
    message = single({}, namespace=Namespace("a" * 60))

    assert f"the namespace {'a' * 60}-test is longer than 63 characters" in message
    assert "destination.namespaceSuffix" in message


def test_an_application_name_that_grows_too_long_is_refused() -> None:
    charts = registry(chart("a" * 53))

    with pytest.raises(SettingsError, match="choose a shorter environment name"):
        environment({"versions": f"{{{'a' * 53}: 1.0.0}}"}, name="e" * 32, charts=charts)


def test_options_of_chart_and_environment_that_clash_are_refused() -> None:
    message = single({"syncPolicy.options": "[Delete=false]"}, sync_options=("Delete=confirm",))

    assert "the environment's and the chart's sync options clash" in message
    assert "'Delete=false' and 'Delete=confirm' contradict each other" in message


def test_a_chart_that_is_never_pruned_is_refused_where_all_is_pruned() -> None:
    message = single({"syncPolicy.prune": "true"}, sync_options=("Prune=false",))

    assert "Prune=false contradicts syncPolicy.prune: true" in message


def test_a_sub_chart_is_not_pinned_itself() -> None:
    with pytest.raises(SettingsError, match="is a sub-chart that data-platform deploys; pin data-"):
        environment(MANUAL | {"versions": "{trino: 1.0.0}"}, charts=REGISTRY)


def test_a_line_of_a_version_is_found() -> None:
    found = environment()

    line = found.stack_file.line("versions", "beta")
    assert found.stack_file.text.splitlines()[line - 1] == "    beta: main"


def write(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)


def test_stack_files_are_read_in_order_of_name(tmp_path: Path) -> None:
    for name in ("Pulumi.b.yaml", "Pulumi.a.yaml", "Pulumi.yaml", "Pulumi.c.yaml.orig", "x.yaml"):
        write(tmp_path, name, b"config: {}\n")

    assert [found.environment for found in read_stack_files(tmp_path)] == ["a", "b"]


def test_a_folder_without_stack_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"holds no stack file \(Pulumi\.<environment>\.yaml\)"):
        read_stack_files(tmp_path)


def test_every_unreadable_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, "Pulumi.a.yaml", b"a: 1\nb: \xff\xfe")
    (tmp_path / "Pulumi.b.yaml").mkdir()
    (tmp_path / "Pulumi.c.yaml").symlink_to("gone")

    with pytest.raises(SettingsError) as refusal:
        read_stack_files(tmp_path)

    assert list(map(str, refusal.value.problems)) == [
        "Pulumi.a.yaml:2: is not UTF-8 text; convert the file first",
        "Pulumi.b.yaml: cannot be read: Is a directory",
        "Pulumi.c.yaml: cannot be read: No such file or directory",
    ]


def test_the_committed_stack_files_form_the_guides_path() -> None:
    found = load_estate(REGISTRY, read_stack_files(REPOSITORY))

    assert {name: set(found.targets[name]) for name in found.environments} == {
        "dev": {"staging"},
        "staging": {"prod"},
        "prod": set(),
    }


def test_the_committed_stack_files_have_the_same_keys_in_the_same_order() -> None:
    files = read_stack_files(REPOSITORY)

    orders = {
        found.environment: [key for key in found.config if key != "repository"] for found in files
    }

    assert len({tuple(order) for order in orders.values()}) == 1, orders
