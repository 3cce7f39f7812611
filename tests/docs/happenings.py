"""What runbooks name as given or as happening meanwhile, made to happen in the estate."""

import json
import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

import yaml

from demo.demonstration import program_files
from demo.gitprogram import git, make_repository
from release.versions import tag_of
from tests.docs.reader import Reader

_ANY_SOAK: Final = timedelta(days=2)


def happen(reader: Reader, name: str) -> None:
    """Make it so; KeyError for what is not known here."""
    HAPPENINGS[name](reader)


def _merged(reader: Reader) -> None:
    """Merge the one pushed branch as GitHub does, and delete it."""
    origin = reader.origin
    names = origin.git("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
    (branch,) = set(names) - {origin.branch}
    subject = origin.git("log", "-1", "--format=%s", branch)
    message = (
        f"Merge pull request #{origin.next_request} from 254CARBON/{branch}\n\n{subject}\n\n"
        "Approved-by: Tess Lead <tess@254carbon.example>\n"
        "Approved-by: Sam Reliable <sam@254carbon.example>\n"
    )
    origin.next_request += 1
    reader.now += timedelta(minutes=20)
    origin.git("merge", "--quiet", "--no-ff", "--no-commit", branch)
    origin.commit(message, at=reader.now)
    origin.git("branch", "--quiet", "-D", branch)


def _judged_and_merged(reader: Reader) -> None:
    """Let the workflow's step judge the branch as it is pushed, and merge what it passes."""
    base = reader.work.git("merge-base", "HEAD", f"origin/{reader.origin.branch}").strip()
    code, told = reader.run(["hmco", "ci", "check", "--base", base])
    assert code == 0, told
    _merged(reader)


def _tagged(reader: Reader) -> None:
    """Tag every version that the default branch states and that has no tag."""
    origin = reader.origin
    known = set(origin.git("tag").splitlines())
    for file in (origin.path / origin.charts).rglob("Chart.yaml"):
        chart = yaml.safe_load(file.read_text(encoding="utf-8"))
        tag = tag_of(chart["name"], chart["version"])
        if tag not in known:
            origin.git("tag", "--annotate", "--message", tag, tag)


def _soaked(reader: Reader) -> None:
    reader.now += _ANY_SOAK


def _changed(chart: str, reader: Reader) -> None:
    with reader.origin.story() as story:
        story.change(chart, at=reader.now - _ANY_SOAK)


def _young(reader: Reader) -> None:
    with reader.origin.story() as story:
        story.promote("service-mesh", "staging", "1.3.0", at=reader.now - timedelta(hours=1))


def _held(reader: Reader) -> None:
    with reader.origin.story() as story:
        story.roll_back("api-gateway", "prod", "1.2.0", at=reader.now - _ANY_SOAK)


def _frozen(reader: Reader) -> None:
    reader.origin.edit(
        "Pulumi.prod.yaml",
        "  hmco:freezes: []\n",
        "  hmco:freezes:\n    - {first: '2026-06-13', last: '2026-06-20', reason: quarter end}\n",
    )
    reader.origin.commit("Freeze production for the quarter's end", at=reader.now - _ANY_SOAK)


def _raced(reader: Reader) -> None:
    with reader.origin.story() as story:
        story.promote("data-platform", "prod", "1.4.0", at=reader.now)


def _edited(reader: Reader) -> None:
    reader.work.edit("Pulumi.staging.yaml", "  hmco:soak: 24h", "  hmco:soak: 48h")


def _tagless(reader: Reader) -> None:
    reader.work.git("tag", "--delete", "service-mesh-1.3.0")


def _regional_values(reader: Reader) -> None:
    """Release the charts that have a value file an environment with one for a new region."""
    with reader.origin.story() as story:
        for chart in ("data-platform", "ml-platform", "monitoring"):
            story.change(chart)
            story.squash(
                {story.chart_path(chart, "values/prod-west.yaml"): "stage: prod-west\n"},
                f"feat({chart}): values of the western region",
            )
            story.cut(chart, "1.9.0")
            for environment in ("staging", "prod"):
                story.promote(chart, environment, "1.9.0")


def _never_seen(reader: Reader) -> None:
    """Leave the charts of others: without tag or stack file, one below 1.0.0 and changed since."""
    origin, work = reader.origin, reader.work
    origin.git("checkout", "--quiet", "--orphan", "others")
    origin.git("rm", "--quiet", "-r", "--force", ".")
    for name, version in (("web", "2.3.1"), ("worker", "0.4.2")):
        origin.write(
            f"deploy/charts/{name}/Chart.yaml",
            f"apiVersion: v2\nname: {name}\ntype: application\nversion: {version}\n",
        )
        origin.write(f"deploy/charts/{name}/values.yaml", "replicas: 1\n")
        origin.write(f"deploy/charts/{name}/templates/settings.yaml", _SETTINGS)
    origin.commit("Charts and nothing else", at=reader.now - 2 * _ANY_SOAK)
    origin.write("deploy/charts/worker/values.yaml", "replicas: 2\n")
    origin.commit("feat(worker): two replicas", at=reader.now - _ANY_SOAK)
    origin.git("branch", "--quiet", "--move", "--force", "others", origin.branch)
    for repository in (origin, work):
        repository.git("tag", "--delete", *repository.git("tag").split())
    work.git("remote", "set-url", "origin", _ADDRESS)
    work.git("config", f"url.{origin.path}.insteadOf", _ADDRESS)
    work.git("fetch", "--quiet", "--prune", "origin")
    work.git("reset", "--quiet", "--hard", f"origin/{origin.branch}")
    program = work.path.parent / "program"
    make_repository(program)
    for path, content in program_files().items():
        (program / path).parent.mkdir(parents=True, exist_ok=True)
        (program / path).write_bytes(content)
    git(program, "add", "--all")
    git(program, "commit", "--quiet", "-m", "The program")


def _beside(reader: Reader) -> None:
    """Leave the charts of others as above, and stand in a repository that has nothing yet."""
    _never_seen(reader)
    notes = "# Changelog\n\n## [Unreleased]\n\n### Added\n- Two replicas\n"
    reader.origin.write("deploy/charts/worker/CHANGELOG.md", notes)
    reader.origin.commit("feat(worker): begin a changelog", at=reader.now - _ANY_SOAK)
    reader.work.git("pull", "--quiet", "--ff-only")
    charts, here = reader.work.path, reader.work.path.parent / "release"
    charts = charts.rename(charts.with_name("charts"))
    make_repository(here)
    reader.work = replace(reader.work, path=here)


def _tagged_there(reader: Reader) -> None:
    """Follow the steps that adopt tells for the checkout of the charts."""
    _, told = reader.run(["hmco", "adopt"])
    for line in re.findall(r"(?m)^  git (-C .*)", told):
        git(reader.work.path, *shlex.split(line, comments=True))


def _landed_there(reader: Reader) -> None:
    """Land and tag in the charts' repository what was cut, and have it here."""
    charts = reader.work.path / os.environ["HMCO_REPO"]
    git(charts, "commit", "--quiet", "--all", "-m", "feat(worker): cut 0.5.0")
    git(charts, "push", "--quiet", "origin", "HEAD:cut")
    _merged(reader)
    reader.origin.git("tag", "--annotate", "worker-0.5.0", "-m", "worker 0.5.0")
    git(charts, "pull", "--quiet", "--ff-only")


_ADDRESS: Final = "https://github.com/acme/shop.git"
_SETTINGS: Final = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
  replicas: {{ .Values.replicas | quote }}
"""


def _asked_argo_cd(reader: Reader) -> None:
    """Let what is live be the first commit."""
    commit = reader.origin.git("rev-list", "--max-parents=0", "HEAD")
    items = [
        {
            "kind": "Application",
            "metadata": {"name": f"{chart}-live"},
            "spec": {"source": {"path": f"deploy/charts/{chart}", "helm": {"releaseName": chart}}},
            "status": {"history": [{"id": 1, "revision": commit}]},
        }
        for chart in ("web", "worker")
    ]
    reader.work.write("running.json", json.dumps({"items": items}))


def _tags_made(reader: Reader) -> None:
    _, told = reader.run(["hmco", "adopt", "--running", "running.json"])
    for line in told.splitlines():
        if line.startswith("  git tag "):
            reader.work.git(*shlex.split(line, comments=True)[1:])


HAPPENINGS: Final[Mapping[str, Callable[[Reader], None]]] = {
    "the pull request is approved and merged": _merged,
    "the pull request is judged, approved and merged": _judged_and_merged,
    "the release workflow tags the version": _tagged,
    "two days pass": _soaked,
    **{
        f"main has a change of {chart} that no version holds": partial(_changed, chart)
        for chart in ("clickhouse", "monitoring", "vault")
    },
    "staging has run service-mesh 1.3.0 for an hour": _young,
    "api-gateway was rolled back to 1.2.0 in prod and is held there": _held,
    "prod is frozen": _frozen,
    "somebody else promotes data-platform to prod": _raced,
    "Pulumi.staging.yaml has an edit that nobody committed": _edited,
    "the clone lacks the tag service-mesh-1.3.0": _tagless,
    "three charts were released with values for prod-west": _regional_values,
    "a chart repository that this program has never seen, and the program beside it": _never_seen,
    "an empty repository, the charts and the program beside it": _beside,
    "the proposed tags are made and pushed there": _tagged_there,
    "the cut is merged and tagged there": _landed_there,
    "the answer of Argo CD lies in running.json": _asked_argo_cd,
    "the proposed tags are made": _tags_made,
    "the program lies in this repository": Reader.bring_program,
}
