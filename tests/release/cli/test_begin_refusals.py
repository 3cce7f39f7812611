"""Where `hmco begin` cannot begin: it says why, and writes nothing."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.gitprogram import git
from release.cli.main import main
from tests.release.cli.driver import snapshot
from tests.release.cli.shop import CHART, CHARTS, DEPENDENCY, begun, rename_chart, write


def _committed(_: Path) -> None:
    git(Path.cwd(), "commit", "--quiet", "-m", "Too early")


def _staged(shop: Path) -> None:
    git(shop, "rm", "--quiet", "-f", "program/Pulumi.dev.yaml")


def _untracked(shop: Path) -> None:
    git(shop, "rm", "--quiet", "-r", "--cached", CHARTS)


def _two_roots(shop: Path) -> None:
    write(shop, "more/api/Chart.yaml", CHART.format("api", "1.0.0", "Api"))
    git(shop, "add", "--all")


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        (_committed, "are committed already"),
        (_staged, "are staged already"),
        (_untracked, "and run: git add -- charts"),
        (_two_roots, "charts lie in deploy/charts and in more; move them into one folder"),
    ],
)
def test_where_it_cannot_begin_it_says_why_and_writes_nothing(
    shop: Path, capsys: pytest.CaptureFixture[str], situation: object, said: str
) -> None:
    assert callable(situation)
    situation(shop)
    assert main(["begin", "test", "live", "--team", "core"]) == 2
    assert said in capsys.readouterr().err
    assert not (shop / "program/Pulumi.live.yaml").exists()


@pytest.mark.parametrize("given", [("remove", "origin"), ("set-url", "origin", "/srv/shop")])
def test_a_remote_that_names_no_repository_is_set_as_advised(
    shop: Path, capsys: pytest.CaptureFixture[str], given: tuple[str, ...]
) -> None:
    git(shop, "remote", *given)
    assert main(["begin", "live", "--team", "core"]) == 2
    found = re.search(r"(?:set|add) it: git (.*?);", capsys.readouterr().err)
    assert found
    git(shop, *found[1].replace("OWNER/NAME", "acme/shop").split())
    _, estate = begun(shop, "live")
    assert estate.environments["live"].settings.source.repository.endswith("/acme/shop.git")


@pytest.mark.parametrize(
    ("chart", "team", "said"),
    [
        ("", "", "teams"),
        ("", "@acme/core", "@acme/core"),
        ("", "co re", "co re"),
        (CHART.format("web", "", "Web"), "core", "versions.web"),
        (CHART.format("web", "v1.0", "Web"), "core", "v1.0"),
        (CHART.format("web", '"1.2"', "Web"), "core", "1.2"),
        (DEPENDENCY.replace("https://", "https://*."), "core", "without patterns"),
    ],
)
def test_what_check_would_refuse_is_refused_before_it_is_written(
    shop: Path, capsys: pytest.CaptureFixture[str], chart: str, team: str, said: str
) -> None:
    if chart:
        write(shop, f"{CHARTS}/web/Chart.yaml", chart)
    before = snapshot(shop)
    assert main(["begin", "test", "live", "--team", team]) == 1
    assert said in capsys.readouterr().err
    assert snapshot(shop) == before


def test_names_that_no_registry_holds_are_refused_before_they_are_written(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rename_chart(shop, "web", "My_App")
    write(shop, f"{CHARTS}/mail/charts/cart/Chart.yaml", CHART.format("cart", "0.1.0", "Cart"))
    git(shop, "add", "--all")
    before = snapshot(shop)
    assert main(["begin", "test", "live", "--team", "core"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "'My_App': a chart name is a DNS label" in told
    assert "cart: 2 records carry this name" in told
    assert snapshot(shop) == before


@pytest.mark.parametrize("names", [("Test",), ("../x",), ("live", "live"), ("a b",)])
def test_what_is_no_row_of_environments_is_misuse(
    shop: Path, capsys: pytest.CaptureFixture[str], names: tuple[str, ...]
) -> None:
    before = sorted(shop.rglob("Pulumi.*"))
    assert main(["begin", *names, "--team", "core"]) == 2
    assert "name each environment once" in capsys.readouterr().err
    assert sorted(shop.rglob("Pulumi.*")) == before


def _folder(shop: Path) -> None:
    (shop / "program/Pulumi.other.yaml").mkdir()


def _not_text(shop: Path) -> None:
    (shop / "program/Pulumi.live.yaml").write_bytes(b"\xff\n")


def _staged_not_text(shop: Path) -> None:
    (shop / "program/Pulumi.dev.yaml").write_bytes(b"\xff\n")
    git(shop, "add", "program")


def _staged_without_a_key(shop: Path) -> None:
    write(shop, "program/Pulumi.dev.yaml", "config: {}\n")
    git(shop, "add", "program")


def _pipe(shop: Path) -> None:
    (shop / CHARTS / "web/Chart.yaml").unlink()
    os.mkfifo(shop / CHARTS / "web/Chart.yaml")


def _link_out(shop: Path) -> None:
    (shop / CHARTS / "web/Chart.yaml").unlink()
    (shop / CHARTS / "web/Chart.yaml").symlink_to("/etc/hostname")


def _broken(shop: Path) -> None:
    write(shop, f"{CHARTS}/web/Chart.yaml", "name: [\n")


def _bomb(shop: Path) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    text = CHART.format("web", "1.0.0", "*a39")
    write(shop, f"{CHARTS}/web/Chart.yaml", "\n".join([*lines, text]))


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        (_folder, "program/Pulumi.other.yaml: cannot be read"),
        (_not_text, "program/Pulumi.live.yaml: is not UTF-8 text"),
        (_staged_not_text, "program/Pulumi.dev.yaml: is not UTF-8 text"),
        (_staged_without_a_key, "hmco:project: is in no stack file that came with the program"),
        (_pipe, "web/Chart.yaml: is not a regular file"),
        (_link_out, "web/Chart.yaml: leads out of the repository"),
        (_broken, "web/Chart.yaml: not valid YAML"),
        (_bomb, "web/Chart.yaml: description is a"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason_before_anything_is_written(
    shop: Path, capsys: pytest.CaptureFixture[str], situation: Callable[[Path], None], said: str
) -> None:
    situation(shop)
    before = sorted((path, path.lstat().st_mtime_ns) for path in (shop / "program").rglob("*"))
    assert main(["begin", "test", "live", "--team", "core"]) == 1
    assert said in capsys.readouterr().err
    after = sorted((path, path.lstat().st_mtime_ns) for path in (shop / "program").rglob("*"))
    assert after == before
