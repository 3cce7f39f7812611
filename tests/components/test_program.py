"""`__main__.py` over the committed stack files, as the engine would run it."""

import contextlib
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from release.argocd.manifestfiles import file_name
from release.argocd.manifests import environment_manifests
from release.estate import load_estate, read_stack_files
from release.github.access import APP, TOKEN
from release.registry import REGISTRY
from tests.components.recording import Deployment, build

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("dev", "staging", "prod")
CLUSTER = {"kind": "cluster", "context": "hmco-dev"}


def _run(stack: str, folder: Path = ROOT) -> Deployment:
    with contextlib.chdir(folder):
        return build(
            lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"), stack=stack
        )


def _changed(folder: Path, stack: str, **changes: object) -> Path:
    """Copy the stack files into the folder, with some settings of one of them changed."""
    for path in ROOT.glob("Pulumi.*.yaml"):
        shutil.copy(path, folder)
    path = folder / f"Pulumi.{stack}.yaml"
    content = yaml.safe_load(path.read_text())
    content["config"] |= {f"hmco:{key}": value for key, value in changes.items()}
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return folder


def _objects(deployment: Deployment) -> list[Any]:
    return [r.inputs for r in deployment.resources if "argoproj.io" in r.type]


@pytest.fixture(scope="module", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def deployment(stack: str) -> Deployment:
    return _run(stack)


def test_the_program_registers_exactly_the_objects_of_the_builders(
    stack: str, deployment: Deployment
) -> None:
    environment = load_estate(REGISTRY, read_stack_files(ROOT)).environments[stack]
    expected = environment_manifests(REGISTRY, environment)
    registered = {file_name(o): o for o in _objects(deployment)}
    assert registered == {file_name(manifest): manifest for manifest in expected.all}


def test_every_automated_flag_is_explicit_and_production_never_syncs_by_itself(
    stack: str, deployment: Deployment
) -> None:
    for application in deployment.of_type(":Application").values():
        automated = application.inputs["spec"]["syncPolicy"]["automated"]
        if stack == "prod":
            assert automated == {"enabled": False}, "{} or an absent flag would sync by itself"
        else:
            assert automated == {
                "enabled": True,
                "prune": False,
                "selfHeal": True,
                "allowEmpty": False,
            }


def test_production_alone_is_protected(stack: str, deployment: Deployment) -> None:
    protected = {r.protect for r in deployment.resources if "argoproj.io" in r.type}
    assert protected == {stack == "prod"}


def test_every_object_goes_through_the_one_provider_of_its_environment(
    deployment: Deployment,
) -> None:
    providers = {r.urn for r in deployment.resources if r.type == "pulumi:providers:kubernetes"}
    assert len(providers) == 1
    used = {r.provider.rpartition("::")[0] for r in deployment.resources if "argoproj.io" in r.type}
    assert used == providers


def test_the_provider_of_files_names_no_cluster(deployment: Deployment, stack: str) -> None:
    (provider,) = (r for r in deployment.resources if r.type == "pulumi:providers:kubernetes")
    assert provider.inputs["renderYamlToDirectory"] == f"build/{stack}"


def test_nothing_of_the_surroundings_becomes_an_input_of_the_provider_of_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/home/ada/.kube/config")
    monkeypatch.setenv("PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", "true")
    (provider,) = (r for r in _run("dev").resources if r.type == "pulumi:providers:kubernetes")
    assert provider.inputs["kubeconfig"] == ""
    assert "skipUpdateUnreachable" not in provider.inputs


def test_every_application_comes_after_the_project(deployment: Deployment) -> None:
    (project,) = deployment.of_type(":AppProject").values()
    for application in deployment.of_type(":Application").values():
        assert project.urn in application.depends_on


def test_a_wave_begins_after_the_one_before_it_is_complete(deployment: Deployment) -> None:
    applications = deployment.of_type(":Application")
    by_urn = {r.urn: r for r in applications.values()}

    def ancestors(urn: str) -> frozenset[str]:
        direct = by_urn[urn].depends_on & by_urn.keys()
        return direct.union(*(ancestors(other) for other in direct))

    for application in applications.values():
        wave = _wave(application.inputs)
        earlier = {u for u, other in by_urn.items() if _wave(other.inputs) < wave}
        assert earlier <= ancestors(application.urn)


def test_the_exported_table_names_every_application_with_its_revision(
    stack: str, deployment: Deployment
) -> None:
    table = deployment.outputs["applications"]
    applications = deployment.of_type(":Application").values()
    assert {(row["application"], row["revision"]) for row in table} == {
        (a.inputs["metadata"]["name"], a.inputs["spec"]["source"]["targetRevision"])
        for a in applications
    }
    assert set(table[0]) == {"application", "chart", "version", "revision", "namespace", "wave"}
    assert deployment.outputs["project"] == {
        "dev": "development", "staging": "staging", "prod": "production"
    }[stack]  # fmt: skip


def test_cluster_delivery_names_its_context_and_applies_on_the_server(tmp_path: Path) -> None:
    deployment = _run("dev", _changed(tmp_path, "dev", delivery=CLUSTER))
    (provider,) = (r for r in deployment.resources if r.type == "pulumi:providers:kubernetes")
    assert provider.inputs["context"] == "hmco-dev"
    assert provider.inputs["enableServerSideApply"] in {True, "true"}
    assert "renderYamlToDirectory" not in provider.inputs


def test_delivery_changes_where_the_objects_go_and_nothing_about_them(tmp_path: Path) -> None:
    files = _run("dev")
    cluster = _run("dev", _changed(tmp_path, "dev", delivery=CLUSTER))
    assert _objects(files) == _objects(cluster)


def test_wrong_settings_register_nothing_and_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError, match="soak") as caught:
        _run("dev", _changed(tmp_path, "dev", soak="soon", surprise=1))
    assert "surprise" in str(caught.value)


def test_the_program_itself_refuses_what_two_stack_files_cannot_both_say(tmp_path: Path) -> None:
    folder = _changed(tmp_path, "prod")
    shutil.copy(ROOT / "Pulumi.prod.yaml", folder / "Pulumi.prod-us.yaml")
    with pytest.raises(pulumi.RunError, match="prod-us already writes to build/prod"):
        _run("prod", folder)


def test_a_version_that_yaml_reads_as_a_number_is_told_as_the_file_spells_it(
    tmp_path: Path,
) -> None:
    file = _changed(tmp_path, "prod") / "Pulumi.prod.yaml"
    text = re.sub(r"(?m)^    vault: .*$", "    vault: 1.10", file.read_text())
    file.write_text(text)
    line = text.splitlines().index("    vault: 1.10") + 1
    with pytest.raises(pulumi.RunError, match=rf"Pulumi.prod.yaml:{line}: .*1\.10"):
        _run("prod", tmp_path)


def test_a_stack_that_guards_the_repository_is_refused_without_access_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (TOKEN, *APP):
        monkeypatch.delenv(name, raising=False)
    environment = load_estate(REGISTRY, read_stack_files(ROOT)).environments["prod"]
    stated = environment.stack_file.config["repository"]
    assert isinstance(stated, dict)
    folder = _changed(tmp_path, "prod", repository=stated | {"credentials": "token"})
    with pytest.raises(pulumi.RunError, match=r"repository\.credentials: no token is given"):
        _run("prod", folder)


def test_a_stack_without_a_file_is_refused_by_its_name() -> None:
    with pytest.raises(pulumi.RunError, match=r"there is no Pulumi\.elsewhere\.yaml"):
        _run("elsewhere")


def _wave(inputs: Any) -> int:
    return int(inputs["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
