"""`__main__.py` over the committed stack files, as the engine would run it."""

import json
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
from release.github.access import APP, LEFT_OUT, TOKEN
from release.registry import REGISTRY
from tests.components.recording import Calls, Deployment, build, no_call, rest_answer

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("dev", "staging", "prod")


def _config(stack: str) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return config


def _engine_form(stack: str, **changes: object) -> dict[str, str]:
    """Return a stack file's values as the engine hands them over: texts, nested ones as JSON."""
    config = _config(stack)
    config |= {f"hmco:{key}": value for key, value in changes.items()}
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()}


def _run(
    stack: str, *, preview: bool = False, calls: Calls = no_call, **changes: object
) -> Deployment:
    return build(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        stack=stack,
        config=_engine_form(stack, **changes),
        preview=preview,
        calls=calls,
    )


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


def test_cluster_delivery_names_its_context_and_applies_on_the_server() -> None:
    deployment = _run("dev", delivery={"kind": "cluster", "context": "hmco-dev"})
    (provider,) = (r for r in deployment.resources if r.type == "pulumi:providers:kubernetes")
    assert provider.inputs["context"] == "hmco-dev"
    assert provider.inputs["enableServerSideApply"] in {True, "true"}
    assert "renderYamlToDirectory" not in provider.inputs


def test_delivery_changes_where_the_objects_go_and_nothing_about_them() -> None:
    files = _run("dev")
    cluster = _run("dev", delivery={"kind": "cluster", "context": "hmco-dev"})
    assert _objects(files) == _objects(cluster)


def test_wrong_settings_register_nothing_and_are_told_together() -> None:
    with pytest.raises(Exception, match="soak") as caught:
        _run("dev", soak="soon", surprise=1)
    assert "surprise" in str(caught.value)


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with copies of the stack files, which the program runs in."""
    for path in ROOT.glob("Pulumi.*.yaml"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_program_itself_refuses_what_two_stack_files_cannot_both_say(copies: Path) -> None:
    shutil.copy(copies / "Pulumi.prod.yaml", copies / "Pulumi.prod-us.yaml")
    with pytest.raises(pulumi.RunError, match="prod-us already writes to build/prod"):
        _run("prod")


def test_a_version_that_the_engine_reads_as_a_number_is_told_as_the_file_spells_it(
    copies: Path,
) -> None:
    file = copies / "Pulumi.prod.yaml"
    text = re.sub(r"(?m)^    vault: .*$", "    vault: 1.10", file.read_text())
    file.write_text(text)
    line = text.splitlines().index("    vault: 1.10") + 1
    with pytest.raises(pulumi.RunError, match=rf"Pulumi.prod.yaml:{line}: .*1\.10"):
        _run("prod", versions=yaml.safe_load(text)["config"]["hmco:versions"])


def test_a_stack_file_that_the_engine_wrote_anew_with_its_salt_still_comes_up(copies: Path) -> None:
    file = copies / "Pulumi.dev.yaml"
    text = file.read_text()
    assert text.count("revisionHistoryLimit: 10") == 1
    file.write_text(text.replace("revisionHistoryLimit: 10", 'revisionHistoryLimit: "10"'))
    assert len(_objects(_run("dev"))) == len(_config("dev")["hmco:versions"]) + 1


def test_what_only_the_engine_was_given_is_told_beside_what_the_files_say(copies: Path) -> None:
    file = copies / "Pulumi.dev.yaml"
    file.write_text(
        re.sub(r"revisionHistoryLimit: \S+", "revisionHistoryLimit: ten", file.read_text())
    )
    with pytest.raises(pulumi.RunError, match="revisionHistoryLimit") as caught:
        _run("dev", soak="soon", revisionHistoryLimit="ten")
    assert "'soon' is not a duration" in str(caught.value)
    assert str(caught.value).count("revisionHistoryLimit") == 1


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return settings that guard the repository and ask GitHub for no number, without access."""
    for name in (TOKEN, *APP, LEFT_OUT):
        monkeypatch.delenv(name, raising=False)
    said = _config("prod")["hmco:repository"]
    numbers = {
        "teams": {slug: number for number, slug in enumerate(said["teams"], start=1)},
        "releaseApp": {"slug": "x", "id": 4242},
    }
    return {**said, "credentials": "token", **numbers}


def test_a_stack_that_guards_the_repository_is_refused_without_access_to_it(
    guard: dict[str, Any],
) -> None:
    for preview in (False, True):
        with pytest.raises(pulumi.RunError, match=r"repository\.credentials: no token is given"):
            _run("prod", repository=guard, preview=preview)


def test_a_look_without_access_leaves_the_guard_out_and_an_up_does_not(
    guard: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEFT_OUT, "1")
    seen = _run("prod", repository=guard, preview=True)
    assert _objects(seen) == _objects(_run("prod"))
    assert not [r for r in seen.resources if "github" in r.type]
    with pytest.raises(pulumi.RunError, match="no token is given"):
        _run("prod", repository=guard)


def test_the_guard_is_protected_and_its_provider_is_given_no_token_and_writes_slowly(
    guard: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "t0ken")
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
    made = _run("prod", repository=guard, calls=lambda _: rest_answer([])).resources
    (provider,) = (r for r in made if r.type == "pulumi:providers:github")
    assert dict(provider.inputs) == {
        "baseUrl": "https://api.github.com/",
        "owner": "254CARBON",
        "writeDelayMs": "1000",
    }
    guarding = [r for r in made if r.type.startswith("github:")]
    assert {r.provider.rpartition("::")[0] for r in guarding} == {provider.urn}
    assert all(r.protect for r in guarding)


def _wave(inputs: Any) -> int:
    return int(inputs["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
