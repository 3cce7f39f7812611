"""`hmco release`: tags where versions landed, never moved, told where they may not be made."""

from pathlib import Path

import pytest

from release.cli.hub import api_of
from tests.github.server import Fault, error
from tests.release.github.conftest import Hosted

CUT = ("cut", "service-mesh", "minor", "--note", "Changed: more")


def land(hosted: Hosted, *, meanwhile: str = "") -> str:
    """Cut a version on a branch and merge it; return the landing. `meanwhile` is a file's text."""
    repo = hosted.hmco.repo
    repo.git("switch", "--quiet", "--create", "cut", "origin/main")
    hosted.hmco.done(*CUT)
    repo.commit("Cut service-mesh")
    repo.git("switch", "--quiet", "--detach", "origin/main")
    if meanwhile:
        file = repo.chart_path("service-mesh") / "values.yaml"
        file.write_text(file.read_text(encoding="utf-8") + meanwhile, encoding="utf-8")
        repo.commit("Change what is being cut")
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge the cut", "cut")
    repo.git("push", "--quiet", "origin", "HEAD:main")
    hosted.update()
    return repo.git("rev-parse", "HEAD")


def published(hosted: Hosted) -> set[str]:
    return {each["tag_name"] for each in hosted.forge.releases.values()}


def test_a_version_that_landed_is_tagged_there_and_released_with_its_changelog(
    hosted: Hosted,
) -> None:
    landed = land(hosted)

    told = hosted.hmco.done("release").out

    assert "service-mesh-1.4.0: tagged and released" in told
    assert hosted.forge.git("rev-parse", "service-mesh-1.4.0^{commit}") == landed
    assert hosted.forge.git("cat-file", "-t", "service-mesh-1.4.0") == "tag"
    (release,) = [
        r for r in hosted.forge.releases.values() if r["tag_name"] == "service-mesh-1.4.0"
    ]
    for wanted in ("## What's New", "more", "Previous version", "hmco rollback service-mesh"):
        assert wanted in release["body"]
    assert release["prerelease"] is False


def test_beside_the_program_it_is_the_repository_of_the_charts_that_is_tagged(
    hosted: Hosted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landed = land(hosted)
    program = hosted.hmco.repo.copy_to(tmp_path / "program")
    hosted.hmco.repo.git("rm", "--quiet", "Pulumi.yaml", "Pulumi.*.yaml")
    hosted.forge.owner, hosted.forge.name = "254CARBON", "HMCo"
    # As a workflow of the program's own repository has it.
    monkeypatch.setenv("GITHUB_REPOSITORY", "254CARBON/program")

    told = hosted.hmco("release", "--repo", str(hosted.hmco.repo.path), cwd=program.path)

    assert "service-mesh-1.4.0: tagged and released" in told.out
    assert hosted.forge.git("rev-parse", "service-mesh-1.4.0^{commit}") == landed


@pytest.mark.parametrize(
    ("host", "api"),
    [
        ("github.com", "https://api.github.com"),
        ("ghe.acme.example", "https://ghe.acme.example/api/v3"),
    ],
)
def test_a_host_is_asked_by_its_own_api(host: str, api: str) -> None:
    assert api_of(host) == api


def test_the_second_time_there_is_nothing_to_do(hosted: Hosted) -> None:
    land(hosted)
    hosted.hmco.done("release")
    hosted.update()
    hosted.github.forget()

    assert "every version that has landed" in hosted.hmco.done("release").out

    assert hosted.github.writes() == []


def test_a_version_whose_files_changed_before_the_merge_is_told_and_not_tagged(
    hosted: Hosted,
) -> None:
    land(hosted, meanwhile="\nlate: true\n")

    answer = hosted.hmco("release")

    assert answer.code == 1
    assert "service-mesh-1.4.0: " in answer.err
    assert "values.yaml changed between the cut and the merge" in answer.err
    assert "hmco cut service-mesh patch" in answer.err
    assert hosted.forge.tip("refs/tags/service-mesh-1.4.0") is None
    # The others are published all the same.
    assert "service-mesh-1.2.0" in published(hosted)


def test_a_tag_on_another_commit_is_never_moved(hosted: Hosted) -> None:
    land(hosted)
    elsewhere = hosted.forge.git("rev-parse", "main~3")
    hosted.forge.git("tag", "service-mesh-1.4.0", elsewhere)

    answer = hosted.hmco("release")

    assert answer.code == 1
    assert "tags are never moved" in answer.err
    assert hosted.forge.git("rev-parse", "service-mesh-1.4.0") == elsewhere


@pytest.mark.parametrize("call", ["tags", "refs", "releases"])
def test_one_version_that_fails_keeps_no_other_waiting_and_is_made_up_for(
    hosted: Hosted, call: str
) -> None:
    land(hosted)
    hosted.github.faults = [Fault(rf"POST .*/{call}", error(422, "No"))]

    failed = hosted.hmco("release")
    hosted.update()
    again = hosted.hmco("release")

    assert failed.code == 1
    assert again.code == 0
    assert "service-mesh-1.4.0" in published(hosted)
    assert hosted.forge.tip("refs/tags/service-mesh-1.4.0") is not None


def test_a_dry_run_says_what_is_due_and_asks_nobody(hosted: Hosted) -> None:
    land(hosted)

    told = hosted.hmco.done("release", "--dry-run").out

    assert "service-mesh-1.4.0: would be tagged on" in told
    due = hosted.hmco.answered("release", "release", "--dry-run")["due"]
    assert due == [line.partition(":")[0] for line in told.splitlines()]
    assert hosted.github.requests == []
