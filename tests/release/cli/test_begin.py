"""A repository of charts alone gets its own registry and stack files, and nobody else's."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from demo.environments import ROOT
from demo.gitprogram import git, make_repository
from release.charts.record import Dependency
from release.cli.main import main
from tests.release.cli.driver import snapshot
from tests.release.cli.shop import CHART, CHARTS, begun, rename_chart, write

HMCOS = (
    *("254CARBON", "vault", "sre", "prod.yaml", "data-engineers", "platform-admins"),
    *("prod-deployments", "team-leads", "on-call", "staging", "guide", "customer"),
)


def test_the_registry_has_a_record_for_each_chart_that_lies_there(shop: Path) -> None:
    registry, _ = begun(shop, "test", "live")
    mail, web = registry.charts
    assert (mail.name, mail.first_version) == ("mail", "0.4.2")
    assert mail.dependencies == (Dependency("redis", "https://charts.example"),)
    assert (web.purpose, web.first_version) == ('The "front"', "1.0.0")
    assert web.value_files == ("values.yaml", "values/{environment}.yaml")
    (cart,) = registry.sub_charts
    assert (cart.name, cart.parent, cart.first_version) == ("cart", "web", "0.1.0")


def test_a_sub_chart_that_describes_nothing_is_part_of_its_parent(shop: Path) -> None:
    write(
        shop, f"{CHARTS}/web/charts/cart/Chart.yaml", "apiVersion: v2\nname: cart\nversion: 0.1.0\n"
    )
    registry, _ = begun(shop, "test")
    assert registry.sub_by_name["cart"].purpose == "Part of web"


def test_value_files_of_every_environment_are_taken_over_and_the_others_named(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in ("values-test", "values-live", "values-asia", "values.live", "values"):
        write(shop, f"{CHARTS}/mail/{file}.yaml", "{}\n")
    git(shop, "add", "--all")
    registry, _ = begun(shop, "test", "live")
    assert registry.by_name["mail"].value_files == ("values.yaml", "values-{environment}.yaml")
    _, steps = capsys.readouterr().out.split("next:\n")
    assert "mail: does anything run with values-asia.yaml, values.live.yaml?" in steps
    # Pasted as a whole, no question runs as a command.
    assert {line.split()[0] for line in steps.splitlines()} == {"#", "git"}


@pytest.mark.parametrize("names", [("live",), ("test", "live"), ("a", "b", "c", "d")])
def test_the_stack_files_are_those_that_were_named_and_fit_together(
    shop: Path, names: tuple[str, ...]
) -> None:
    _, estate = begun(shop, *names)
    assert tuple(estate.environments) == names
    *others, last = (place.settings for place in estate.environments.values())
    assert [place.promotes_from for place in (*others, last)] == [(), *((n,) for n in names[:-1])]
    assert last.versions == {"mail": "0.4.2", "web": "2.3.1"}
    assert all(place.versions == {"mail": "main", "web": "main"} for place in others[:1])
    assert last.repository is not None
    assert (last.repository.owner, last.repository.name) == ("acme", "shop")
    assert (last.repository.folder, last.source.charts) == ("program", CHARTS)


def test_nothing_of_hmco_is_left(shop: Path) -> None:
    begun(shop, "test", "live")
    files = [shop / "program/release/registry.py", *(shop / "program").glob("Pulumi.*.yaml")]
    assert len(files) == len(("registry", "test", "live"))
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert not [word for word in HMCOS if word in text]


def test_a_library_chart_gets_no_record_and_numbers_arerename_chart(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rename_chart(shop, "mail", "404")
    write(shop, f"{CHARTS}/base/Chart.yaml", f"{CHART.format('base', '', '')}type: library\n")
    git(shop, "add", "--all")
    git(shop, "remote", "set-url", "origin", "https://git.acme.com/acme/shop.git")
    registry, estate = begun(shop, "1", "2")
    assert sorted(registry.by_name) == ["404", "web"]
    assert f"{CHARTS}/base: no record" in capsys.readouterr().out
    assert tuple(estate.environments) == ("1", "2")
    repository = estate.environments["2"].settings.repository
    assert repository is not None
    assert repository.api == "https://git.acme.com/api/v3/"


def test_run_twice_it_does_nothing_the_second_time(shop: Path) -> None:
    begun(shop, "test", "live")
    before = snapshot(shop)
    begun(shop, "test", "live")
    assert snapshot(shop) == before


def test_what_was_edited_and_git_has_not_is_left_until_it_is_given_up(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun(shop, "test", "live")
    registry = shop / "program/release/registry.py"
    registry.write_text(f"{registry.read_text(encoding='utf-8')}# mine\n", encoding="utf-8")
    before = snapshot(shop)
    assert main(["begin", "test", "live", "--team", "core"]) == 2
    assert "program/release/registry.py: edited" in capsys.readouterr().err
    assert main(["begin", "int", "live", "--team", "core"]) == 2
    (advised,) = re.findall(r": rm (.+?);", capsys.readouterr().err)
    files = advised.split()
    assert snapshot(shop) == before
    assert [Path(file).name for file in files] == [
        *("Pulumi.live.yaml", "Pulumi.test.yaml", "registry.py"),
    ]
    for file in files:
        (shop / file).unlink()
    _, estate = begun(shop, "int", "live")
    assert tuple(estate.environments) == ("int", "live")


def test_what_it_wrote_is_added_from_the_folder_that_one_stands_in(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop / "program")
    begun(shop, "live")
    (added,) = re.findall(r"^  git (add .*)$", capsys.readouterr().out, flags=re.MULTILINE)
    git(shop / "program", *shlex.split(added))
    assert git(shop, "diff", "--name-only", "--", "program") == ""


def test_what_another_branch_holds_does_not_hinder_it(shop: Path) -> None:
    git(shop, "branch", "later")
    git(shop, "checkout", "--quiet", "-b", "abandoned")
    git(shop, "commit", "--quiet", "-m", "Abandoned")
    git(shop, "switch", "--quiet", "later")
    git(shop, "checkout", "abandoned", "--", "program")
    begun(shop, "test", "live")


def test_the_program_may_lie_in_a_fresh_repository_of_its_own(
    shop: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path_factory.mktemp("beside")
    make_repository(beside)
    (shop / "program").rename(beside / "program")
    git(shop, "add", "--all")
    git(beside, "add", "--all")
    monkeypatch.chdir(beside)
    monkeypatch.setenv("HMCO_REPO", str(shop))
    assert main(["begin", "live", "--team", "core"]) == 0
    text = (beside / "program/Pulumi.live.yaml").read_text(encoding="utf-8")
    assert "    mail: 0.4.2\n" in text
    assert "  hmco:repository: null\n" in text


KILLED = """
import os, signal, sys
from release.cli.main import main
from release.text import atomic

finish, steps = atomic._finish, iter(range(1000))

def die(name):
    if next(steps) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)

atomic._finish = lambda root, entries, journal, _: finish(root, entries, journal, die)
main(["begin", "test", "live", "--team", "core"])
"""


@pytest.mark.parametrize("step", [1, 3, 5])
def test_killed_while_it_writes_or_deletes_it_is_finished_by_the_next_run(
    shop: Path, capsys: pytest.CaptureFixture[str], step: int
) -> None:
    command = [sys.executable, "-c", KILLED, str(step)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    killed = subprocess.run(command, cwd=shop, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    begun(shop, "test", "live")
    assert "finished an interrupted write of program/Pulumi.dev.yaml" in capsys.readouterr().err
    assert sorted(path.name for path in (shop / "program").iterdir()) == [
        *("Pulumi.live.yaml", "Pulumi.test.yaml", "Pulumi.yaml", "release"),
    ]


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://user:token@github.com/acme/shop.git", "https://github.com/acme/shop.git"),
        ("ssh://git@git.acme.com:2222/acme/shop", "https://git.acme.com/acme/shop.git"),
        ("https://git.acme.com:8443/acme/shop", "https://git.acme.com:8443/acme/shop.git"),
    ],
)
def test_the_address_that_is_committed_carries_nothing_of_who_cloned(
    shop: Path, remote: str, address: str
) -> None:
    git(shop, "remote", "set-url", "origin", remote)
    _, estate = begun(shop, "test", "live")
    assert {each.settings.source.repository for each in estate.environments.values()} == {address}
    assert "token" not in (shop / "program/Pulumi.live.yaml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("shop")
def test_before_it_began_it_is_advised_and_no_commit_of_what_came_with_the_program(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["status"]) == 2
    told = capsys.readouterr().err
    assert "hmco begin ENVIRONMENT --team SLUG" in told
    assert "git" not in told


def test_what_begin_removed_is_no_environment_that_waits_for_its_first_commit(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry, _ = begun(shop, "test", "live")
    capsys.readouterr()
    assert main(["status"], registry=registry) == 1
    problems, command = capsys.readouterr().err.split("as committed in HEAD")
    assert re.findall(r"Pulumi\.(\w+)\.yaml: is not committed", problems) == ["live", "test"]
    subprocess.run(command.split(": ")[1].split(" && ")[0], shell=True, check=True, cwd=shop)  # noqa: S602 -- as a person pastes it
    assert git(shop, "diff", "--name-only", "--", "program/Pulumi.*.yaml") == ""
