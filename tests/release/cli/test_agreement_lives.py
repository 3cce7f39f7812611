"""Commands and check agree on whatever state a repository comes into, by random lives of it.

After every command that is accepted, `hmco check` finds no error that it did not find before: in
the work tree, in the step that its commit makes, and once the release workflow has tagged.
"""

import re
import shlex
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from demo.builder import build_estate
from demo.environments import EnvironmentSpec, committed_environments
from demo.gitprogram import git
from demo.repository import EstateRepo
from tests.release.cli.driver import Hmco

Errors = Counter[tuple[str, str, str, str]]

CHART: Final = st.sampled_from(
    (*("data-platform", "storage") * 3, "monitoring", "service-mesh", "vault", "trino")
)
WHICH: Final = st.integers(0, 2)
PLACES: Final = ("staging", "prod", "prod-west")
PLACE: Final = st.sampled_from((*PLACES, "prod"))
ENVIRONMENTS: Final = (
    *committed_environments(),
    EnvironmentSpec(
        name="prod-west",
        template="staging",
        promotes_from=("staging",),
        soak="0s",
        suffix="-west",
        follows_branch=False,
        charts=("data-platform", "storage", "vault"),
    ),
)


class Lives(RuleBasedStateMachine):
    """People, accidents and commands in a clone of an estate with four environments."""

    hmco: Hmco
    template: EstateRepo
    folder: Path
    lives = 0

    @initialize(
        options=st.sampled_from(((), (), (), (), ("--depth=3",), ("--filter=blob:none",))),
        chart=CHART,
        accident=st.sampled_from(("aside", "dated", "moved", "lost", "none")),
        which=WHICH,
    )
    def begin(self, options: tuple[str, ...], chart: str, accident: str, which: int) -> None:
        type(self).lives += 1
        self.now = self.template.until
        place = self.folder / str(self.lives)
        self.origin = self.template.copy_to(place / "origin")
        self.origin.git("config", "receive.denyCurrentBranch", "updateInstead")
        self.origin.git("config", "uploadpack.allowFilter", "true")
        self.hmco.repo = self.origin.clone_to(place / "clone", *options)
        self.git("config", "user.name", "Ann")
        self.git("config", "user.email", "ann@254carbon.example")
        if accident != "none":
            self.an_accident_happens(chart, accident, which)

    def teardown(self) -> None:
        shutil.rmtree(self.folder / str(self.lives), ignore_errors=True)

    # What people and accidents do.

    @rule(hours=st.sampled_from((1, 30, 400)))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(chart=CHART, fetched=st.booleans())
    def a_change_lands(self, chart: str, *, fetched: bool) -> None:
        self.origin.last_landing = self.now
        with self.origin.story() as story:
            story.change(chart)
        self.now = self.origin.last_landing
        if fetched:
            self.pull()

    @rule(place=PLACE, chart=CHART)
    def somebody_holds(self, place: str, chart: str) -> None:
        self.origin.last_landing = self.now
        stack = self.origin.stack_path(place).read_text(encoding="utf-8")
        if f"    {chart}: " in stack and "holds: {}" in stack:
            with self.origin.story() as story:
                story.hold(chart, place, "looked into")

    @rule()
    def pull(self) -> None:
        self.git("fetch", "--quiet", "--tags", "--force", "origin")
        if self.clean:
            self.git("reset", "--quiet", "--hard", "origin/main")

    @rule(chart=CHART, accident=st.sampled_from(("lost", "aside", "moved", "dated")), which=WHICH)
    def an_accident_happens(self, chart: str, accident: str, which: int) -> None:
        """Lose, displace or move a tag, or date a changelog tomorrow, and try everything then."""
        tags = self.git("tag", "--list", f"{chart}-*", "--sort=v:refname").split()
        if accident == "dated":
            self.a_changelog_is_dated_tomorrow(chart)
        elif accident == "lost" and tags:
            self.git("tag", "--delete", tags[which % len(tags)])
        elif tags:
            tag = tags[which % len(tags)]
            tree = self.git("rev-parse", f"{tag}^{{tree}}")
            aside = self.git("commit-tree", tree, "-m", "Squashed elsewhere")
            self.git("tag", "--force", tag, aside if accident == "aside" else "HEAD")
        self.everything_is_tried(chart)

    def a_changelog_is_dated_tomorrow(self, chart: str) -> None:
        folder = self.hmco.repo.chart_path(chart)
        log, values = folder / "CHANGELOG.md", folder / "values.yaml"
        if self.clean and log.is_file() and values.is_file():
            tomorrow = (self.now + timedelta(days=1)).date().isoformat()
            text = log.read_text(encoding="utf-8")
            dated = re.sub(r"(?m)^(## \[[\d.]+\] - )[\d-]+", rf"\g<1>{tomorrow}", text, count=1)
            log.write_text(dated, encoding="utf-8")
            values.write_text(values.read_text() + "# another one\n")
            self.commit("Date it east of here")

    @rule(chart=CHART)
    def an_edit_is_left_lying(self, chart: str) -> None:
        values = self.hmco.repo.chart_path(chart) / "values.yaml"
        if values.is_file():
            values.write_text(values.read_text() + "# mine\n")

    @rule()
    def edits_are_thrown_away(self) -> None:
        self.git("reset", "--quiet", "--hard")

    @rule(place=PLACE, old=st.sampled_from(("soak: 24h", "holds: {}", "freezes: []")))
    def a_hand_edits_a_stack_file(self, place: str, old: str) -> None:
        new = {
            "soak: 24h": "soak: 1h",
            "holds: {}": 'holds:\n    vault: {reason: audit, by: rita, until: "2026-06-20"}',
            "freezes: []": 'freezes:\n    - {first: "2026-06-16", last: "2026-06-18", reason: end}',
        }[old]
        file = self.hmco.repo.stack_path(place)
        if self.clean and old in file.read_text(encoding="utf-8"):
            self.hmco.repo.edit(file, old, new)
            self.commit("By hand")

    @rule(place=PLACE, chart=CHART, version=st.sampled_from(("1.0.0", "1.1.0", "1.9.0")))
    def a_hand_moves_a_pin(self, place: str, chart: str, version: str) -> None:
        file = self.hmco.repo.stack_path(place)
        text = file.read_text(encoding="utf-8")
        if self.clean and f"    {chart}: " in text:
            file.write_text(re.sub(rf"(?m)^    {chart}: [\d.]+$", f"    {chart}: {version}", text))
            self.commit("A pin by hand")

    @rule()
    def the_last_commit_is_reverted(self) -> None:
        if self.clean and not self.hmco.repo.path.joinpath(".git/shallow").exists():
            merge = len(self.git("rev-list", "--parents", "-1", "HEAD").split()) > 2
            if self.git("diff", "HEAD~1", "HEAD"):
                self.git("revert", "--no-edit", *(("-m", "1") if merge else ()), "HEAD")

    @rule()
    def what_is_committed_is_pushed(self) -> None:
        self.git("fetch", "--quiet", "--tags", "--force", "origin")
        if self.git("rev-list", "HEAD..origin/main") == "":
            self.git("push", "--quiet", "origin", "HEAD:main")
            self.origin.last_landing = self.now

    # The commands.

    @rule(chart=CHART, kind=st.sampled_from(("patch", "minor", "major", "9.9.9")))
    def cut(self, chart: str, kind: str) -> None:
        self.command("cut", chart, kind, "--note", "Fixed: leak")
        self.command("cut", chart, kind)

    @rule(
        charts=st.lists(CHART, min_size=1, max_size=3, unique=True),
        kind=st.sampled_from(((), (), ("minor",))),
        place=PLACE,
        again=st.booleans(),
    )
    def promote(self, charts: list[str], kind: tuple[str, ...], place: str, *, again: bool) -> None:
        words = kind if len(charts) == 1 else ()
        if again and len(charts) == 1:
            running = self.pin(charts[0], "staging")
            self.command("promote", charts[0], running, "--to", place, "--again", "mended")
        self.command("promote", *charts, *words, "--to", place)

    @rule(chart=CHART, place=PLACE, to=st.sampled_from((None, None, "1.0.0", "1.1.0")))
    def roll_back(self, chart: str, place: str, to: str | None) -> None:
        self.command("rollback", chart, "--env", place, *(("--to", to) if to else ()))

    @rule(chart=CHART, place=PLACE)
    def hold(self, chart: str, place: str) -> None:
        self.command("hold", chart, "--env", place, "--reason", "audit")

    @rule(chart=CHART, place=PLACE)
    def unhold(self, chart: str, place: str) -> None:
        self.command("unhold", chart, "--env", place, "--reason", "settled")

    @rule(place=PLACE)
    def freeze(self, place: str) -> None:
        until = (self.now + timedelta(days=1)).date().isoformat()
        self.command("freeze", "--env", place, "--until", until, "--reason", "quarter end")

    @rule(place=PLACE)
    def unfreeze(self, place: str) -> None:
        self.command("unfreeze", "--env", place, "--reason", "over")

    @rule()
    def take_a_baseline(self) -> None:
        self.command("adopt", "--baseline", "known")

    @rule(chart=CHART)
    def everything_is_tried(self, chart: str) -> None:
        """Try each command on the chart, and take back what is accepted."""
        if not self.clean:
            return
        before, head = self.errors(), self.git("rev-parse", "HEAD")
        tags = self.git("tag").split()
        for words in (
            *(("promote", chart, "--to", place) for place in PLACES),
            ("promote", chart, "minor", "--to", "staging"),
            *(("rollback", chart, "--env", place) for place in PLACES),
            *(("rollback", chart, "--env", place, "--to", "1.0.0") for place in PLACES),
            ("cut", chart, "minor"),
            ("cut", chart, "minor", "--note", "Fixed: leak"),
        ):
            self.command(*words, before=before)
            self.git("reset", "--quiet", "--hard", head)
            new = set(self.git("tag").split()) - set(tags)
            if new:
                self.git("tag", "--delete", *new)

    # What holds.

    def command(self, *words: str, before: Errors | None = None) -> None:
        """Run a command; where it is accepted, follow it and compare what check says."""
        head, status = self.git("rev-parse", "HEAD"), self.status
        before = self.errors() if before is None else before
        answer = self.at_now(*words)
        if answer.code != 0:
            assert words[0] == "adopt" or self.status == status, (
                f"{words} was refused and changed something: {answer}"
            )
            assert "Traceback" not in answer.err
            return
        if self.status == status:
            return
        self.none_new(before, self.errors(), words)
        if status:  # what somebody left lying would be in the commit
            self.git("stash", "--quiet", "--include-untracked")
            self.git("stash", "drop", "--quiet")
            return
        advised = re.findall(
            r"^ *(git (?:add|commit) .*?)(?: &&)?$", answer.out, flags=re.MULTILINE
        )
        assert advised, answer.out
        for step in (step for line in advised for step in line.split(" && ")):
            git(self.hmco.repo.path, *shlex.split(step, comments=True)[1:], env=self.dates)
        self.none_new(before, self.errors("--base", head), words)
        for tag in re.findall(r"release workflow tags (.*)$", answer.out, flags=re.MULTILINE):
            for each in tag.split(", "):
                self.git("tag", "--annotate", "--message", each, each)
        self.none_new(before, self.errors("--base", head), words)

    def none_new(self, before: Errors, after: Errors, words: tuple[str, ...]) -> None:
        assert not after - before, f"{words}: {after - before}"

    def errors(self, *options: str) -> Errors:
        """Count the errors of check by rule and place."""
        report = self.at_now("check", "--json", *options)
        if report.code == 2:
            return Counter()
        found: list[dict[str, Any]] = report.json["findings"]
        return Counter(
            (each["rule"], each["file"], each["chart"], each["environment"])
            for each in found
            if each["severity"] == "error" and not each.get("waived")
        )

    # Helpers.

    def at_now(self, *words: str) -> Any:
        self.hmco.now = self.now
        return self.hmco(*words)

    def pin(self, chart: str, place: str) -> str:
        text = self.hmco.repo.stack_path(place).read_text(encoding="utf-8")
        found = re.search(rf"(?m)^    {chart}: (\S+)$", text)
        return found[1] if found else "1.0.0"

    @property
    def dates(self) -> dict[str, str]:
        when = self.now.isoformat()
        return {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}

    @property
    def status(self) -> str:
        return self.git("status", "--porcelain") + self.git("diff")

    @property
    def clean(self) -> bool:
        return self.status == ""

    def git(self, *words: str) -> str:
        return git(self.hmco.repo.path, *words, env=self.dates).rstrip("\n")

    def commit(self, message: str) -> None:
        self.hmco.repo.commit(message, at=self.now)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> EstateRepo:
    return build_estate(
        tmp_path_factory.mktemp("lives") / "estate", environments=ENVIRONMENTS, commits=40
    )


def test_no_accepted_command_leaves_an_error_whatever_happened_before(
    template: EstateRepo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ann@254carbon.example")
    bound = {
        "hmco": Hmco(template, capsys, monkeypatch),
        "template": template,
        "folder": tmp_path,
    }

    run_state_machine_as_test(
        type("Bound", (Lives,), bound),
        settings=settings(
            max_examples=8,
            stateful_step_count=10,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=(Phase.explicit, Phase.generate),
        ),
    )
