"""Adopting a repository: first tags from what runs, and the baseline, as commands."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from demo.gitprogram import git
from release.rules.baseline import BASELINE_FILE
from release.text.atomic import Change, write_all
from tests.release.cli.driver import Hmco, snapshot
from tests.release.cli.situations import with_a_change


def without_tags(hmco: Hmco) -> None:
    git(hmco.repo.path, "tag", "--delete", *hmco.repo.git("tag").split())


def running(hmco: Hmco, **commits: str) -> str:
    """Write what Argo CD would say; `vault_prod="abc"` is the Application vault-prod's commit."""
    items = [
        {
            "kind": "Application",
            "metadata": {"name": name.replace("_", "-")},
            "status": {"history": [{"id": 1, "revision": commit}]},
        }
        for name, commit in commits.items()
    ]
    hmco.repo.write("../running.json", json.dumps({"items": items}))
    return str(hmco.repo.path.parent / "running.json")


def follow(hmco: Hmco, told: str) -> None:
    for line in told.splitlines():
        if line.startswith("  git tag "):
            hmco.repo.git(*shlex.split(line, comments=True)[1:])


def test_the_proposed_tags_let_every_pin_have_its_tag(hmco: Hmco) -> None:
    before = {
        tag: hmco.repo.git("rev-parse", f"{tag}^{{commit}}") for tag in hmco.repo.git("tag").split()
    }
    without_tags(hmco)
    unchanged = snapshot(hmco.repo.path)
    told = hmco.done("adopt").out
    assert snapshot(hmco.repo.path) == unchanged
    assert "assumed: each version as its tag has it, else as it was cut" in told
    follow(hmco, told)
    made = hmco.repo.git("tag").split()
    assert "pin-untagged" not in hmco("check", "--summary").out
    same = [tag for tag in made if hmco.repo.git("rev-parse", f"{tag}^{{commit}}") == before[tag]]
    assert same == made, "a version is assumed where it was cut"
    assert "every version that runs has its tag" in hmco.done("adopt").out


def test_without_running_a_version_is_what_its_tag_holds(hmco: Hmco) -> None:
    with_a_change(hmco, "vault")
    hmco.repo.git("tag", "--delete", "vault-1.0.0")
    told = hmco(
        "adopt", "--running", running(hmco, vault_prod=hmco.repo.git("rev-parse", "HEAD"))
    ).out
    follow(hmco, told)
    assert "every version that runs has its tag" in hmco.done("adopt").out


def test_a_tag_goes_where_production_stands(hmco: Hmco) -> None:
    hmco.repo.git("tag", "--delete", "vault-1.0.0")
    old = hmco.repo.git("rev-list", "--reverse", "HEAD").split()[3]
    told = hmco("adopt", "--running", running(hmco, vault_prod=old))
    assert f"git tag -a vault-1.0.0 -m 'vault 1.0.0' {old[:12]}  # prod" in told.out
    assert told.code == 1, "of the other charts nobody said what runs"
    assert "nothing says which commit of storage runs in prod" in told.out


def test_no_tag_is_proposed_where_one_of_that_name_holds_no_chart(hmco: Hmco) -> None:
    hmco.repo.git("tag", "--force", "vault-1.0.0", "HEAD:README.md")
    told = hmco("adopt")
    assert "git tag -a vault-1.0.0" not in told.out
    assert "differs from the tag vault-1.0.0" in told.out


def test_other_values_than_the_record_has_are_told_without_showing_them(hmco: Hmco) -> None:
    old = hmco.repo.git("rev-list", "--reverse", "HEAD").split()[3]
    plain: dict[str, object] = {"valueFiles": ["values.yaml"]}
    helm: dict[str, object] = {
        "valueFiles": ["values.yaml", "values-prod.yaml"],
        "parameters": [{"name": "key", "value": "hidden"}],
        "values": "key: hidden",
    }
    file = Path(running(hmco, vault_prod=old, storage_prod=old))
    said = json.loads(file.read_text(encoding="utf-8"))
    for item, each in zip(said["items"], (helm, plain), strict=True):
        name = item["metadata"]["name"].removesuffix("-prod")
        set_there = each | {"releaseName": name}
        item["spec"] = {"source": {"path": f"helm/charts/{name}/", "helm": set_there}}
    file.write_text(json.dumps(said), encoding="utf-8")
    told = hmco("adopt", "--running", str(file)).out
    assert "prod runs vault otherwise than its record says: " in told
    assert "value files values-prod.yaml, parameter key, values" in told
    assert "runs storage otherwise" not in told
    assert "hidden" not in told


def test_an_application_of_another_name_is_known_by_its_source_and_told(hmco: Hmco) -> None:
    old = hmco.repo.git("rev-list", "--reverse", "HEAD").split()[3]
    file = Path(running(hmco, old_vault=old))
    said = json.loads(file.read_text(encoding="utf-8"))
    rendered = hmco.repo.path.parent / "made"
    hmco.done("render", "--stack", "prod", "--out", str(rendered))
    (ours,) = (path for path in rendered.rglob("*.yaml") if "vault-prod" in path.name)
    said["items"][0]["spec"] = yaml.safe_load(ours.read_text(encoding="utf-8"))["spec"]
    file.write_text(json.dumps(said), encoding="utf-8")
    told = hmco("adopt", "--running", str(file)).out
    assert "old-vault deploys vault in prod, where ours is vault-prod" in told
    assert "argocd app delete old-vault --cascade=false" in told
    assert "which commit of vault runs in prod" not in told


def test_one_version_for_two_contents_stays_with_production(hmco: Hmco) -> None:
    first = hmco.repo.git("rev-list", "--reverse", "HEAD").split()[0]
    values = hmco.repo.chart_path("storage") / "values.yaml"
    text = (hmco.repo.chart_path("storage") / "Chart.yaml").read_text(encoding="utf-8")
    (values.parent / "Chart.yaml").write_text(text.replace("1.3.0", "1.0.0"), encoding="utf-8")
    later = hmco.repo.commit("Change without a version")
    without_tags(hmco)
    file = running(hmco, storage_prod=first, storage_staging=later)
    answer = hmco.answered("adopt", "adopt", "--running", file)
    (tag,) = (tag for tag in answer["tags"] if tag["chart"] == "storage")
    assert (tag["commit"], tag["environments"]) == (first, ["prod"])
    facts = [item["fact"] for item in answer["unsettled"] if "storage" in item["fact"]]
    assert any("which says 1.0.0 and differs from what prod runs" in fact for fact in facts)
    assert "prod runs storage 1.0.0, and Pulumi.prod.yaml pins 1.3.0" in facts


def test_commits_that_are_not_here_or_hold_no_version_are_to_be_settled(hmco: Hmco) -> None:
    without_tags(hmco)
    hmco.repo.edit("helm/charts/vault/Chart.yaml", "version: 1.0.0", "version: v1")
    odd = hmco.repo.commit("Odd")
    told = hmco("adopt", "--running", running(hmco, vault_prod=odd, security_prod="1" * 40)).out
    assert "prod runs security of 1111111111, which is not in this clone; fetch it" in told
    assert f"prod runs vault of {odd[:10]}, which says version 'v1'" in told


def test_what_is_no_answer_of_argo_cd_is_misuse(hmco: Hmco) -> None:
    hmco.repo.write("../running.json", "NAME  SYNC")
    path = str(hmco.repo.path.parent / "running.json")
    assert "kubectl -n argocd get applications" in hmco.refused("adopt", "--running", path, code=2)


def test_a_baseline_lets_old_findings_wait_and_fails_on_new_ones(hmco: Hmco) -> None:
    (hmco.repo.chart_path("vault") / "CHANGELOG.md").unlink()
    hmco.repo.commit("No changelog")
    assert hmco("check").code == 1
    told = hmco.done("adopt", "--baseline", "from before the program").out
    assert f"findings in {BASELINE_FILE}: " in told
    follow_commit = next(line for line in told.splitlines() if "git add" in line)
    assert shlex.split(follow_commit)[3:4] == [BASELINE_FILE]
    said = hmco.done("check").out
    assert "in the baseline, to be worked off" in said
    assert "changelog-missing" in said
    (hmco.repo.chart_path("storage") / "CHANGELOG.md").unlink()
    assert hmco("check").code == 1


def test_what_is_gone_is_taken_out_as_advised_while_what_is_new_goes_on_failing(
    hmco: Hmco,
) -> None:
    for chart in ("vault", "monitoring"):
        hmco.repo.edit(
            f"{hmco.repo.chart_path(chart).relative_to(hmco.repo.path)}/CHANGELOG.md",
            "# Changelog\n",
            "",
        )
    hmco.repo.commit("Bad changelogs")
    hmco.done("adopt", "--baseline", "old")
    hmco.repo.git("checkout", "HEAD~", "--", str(hmco.repo.chart_path("vault")))
    (hmco.repo.chart_path("data-platform") / "CHANGELOG.md").unlink()
    (advice,) = set(re.findall(r"record nothing new: hmco (.*)", hmco("check").out))
    told = hmco.done(*shlex.split(advice)).out
    assert "0 new, 1 gone" in told
    assert "-m 'Baseline: what is gone'" in told
    checked = hmco("check")
    assert checked.code == 1
    assert "record nothing new" not in checked.out
    assert "data-platform" in checked.out


def test_a_baseline_is_committed_from_any_folder(hmco: Hmco) -> None:
    (hmco.repo.chart_path("vault") / "CHANGELOG.md").unlink()
    hmco.repo.commit("No changelog")
    folder = hmco.repo.path / "helm"
    told = hmco("adopt", "--baseline", "known", cwd=folder).out
    (added,) = re.findall(r"^  git (add .*?) &&", told, flags=re.MULTILINE)
    git(folder, *shlex.split(added))
    assert hmco.repo.git("diff", "--cached", "--name-only").split() == [BASELINE_FILE]


def test_a_baseline_is_not_written_by_a_dry_run_and_needs_a_reason(hmco: Hmco) -> None:
    unchanged = snapshot(hmco.repo.path)
    (hmco.repo.chart_path("vault") / "CHANGELOG.md").write_text("x\n", encoding="utf-8")
    before = snapshot(hmco.repo.path)
    assert before != unchanged
    assert "would record" in hmco.done("adopt", "--baseline", "why", "--dry-run").out
    hmco.refused("adopt", "--baseline", " ", code=2)
    assert not (hmco.repo.path / BASELINE_FILE).exists()
    answer = hmco.answered("adopt", "adopt", "--baseline", "why")
    assert answer["recorded"] == answer["new"] > 0
    assert answer["gone"] == 0


def test_a_baseline_before_the_tags_is_told_to_be_too_early(hmco: Hmco) -> None:
    hmco.repo.git("tag", "--delete", "vault-1.0.0")
    refused = hmco("adopt", "--baseline", "why")
    assert refused.code == 1
    assert "not recorded, to be mended first: pins vault 1.0.0, but there is no tag" in refused.err


def test_where_check_finds_nothing_there_is_no_baseline_to_commit(hmco: Hmco) -> None:
    assert hmco.done("adopt", "--baseline", "why").out == "nothing to record\n"
    assert hmco.done("adopt", "--baseline", "why", "--dry-run").out == "nothing to record\n"
    assert not (hmco.repo.path / BASELINE_FILE).exists()


def test_a_baseline_finishes_the_write_that_was_interrupted(hmco: Hmco) -> None:
    def interrupt(step: str) -> None:
        if step.startswith("rename"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_all(
            hmco.repo.path, {Path(BASELINE_FILE): Change.of_text(None, "[]\n")}, on_step=interrupt
        )
    told = hmco.done("adopt", "--baseline", "x")
    assert f"finished an interrupted write of {BASELINE_FILE}" in told.err


def test_no_baseline_is_taken_where_no_chart_lies(hmco: Hmco) -> None:
    hmco("adopt", "--baseline", "from before")
    hmco.repo.git("mv", "helm", "elsewhere")
    before = snapshot(hmco.repo.path)
    assert "no chart lies in" in hmco("adopt", "--baseline", "from before").err
    assert snapshot(hmco.repo.path) == before
