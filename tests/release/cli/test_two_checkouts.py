"""The program beside the charts: a command changes one checkout, and asks what landed in that."""

from pathlib import Path

import pytest

from demo.repository import EstateRepo
from tests.release.cli.driver import Hmco, snapshot


@pytest.fixture
def origin(hmco: Hmco, tmp_path: Path) -> EstateRepo:
    """Return the repository of the charts, which holds no stack file."""
    origin = hmco.repo.copy_to(tmp_path / "origin")
    origin.git("rm", "--quiet", "Pulumi.yaml", "Pulumi.*.yaml")
    origin.write("helm/charts/api-gateway/templates/more.yaml", "# more\n")
    origin.commit("Add: more of api-gateway")
    return origin


@pytest.fixture
def charts(hmco: Hmco, origin: EstateRepo, tmp_path: Path) -> EstateRepo:
    """Return the checkout that stands beside the program's, which has the charts of before."""
    charts = origin.clone_to(tmp_path / "charts")
    charts.git("config", "user.name", "Ann")
    charts.git("config", "user.email", "ann@254carbon.example")
    hmco.monkeypatch.setenv("HMCO_REPO", str(charts.path))
    return charts


def test_a_version_is_cut_in_one_checkout_and_then_promoted_in_the_other(
    hmco: Hmco, origin: EstateRepo, charts: EstateRepo
) -> None:
    before = snapshot(charts.path)
    for more in ((), ("--dry-run",)):
        said = hmco.refused("promote", "api-gateway", "minor", "--to", "staging", *more)
        assert "spans the checkout of the stack files and the one of the charts" in said
        assert "cut the version there first: hmco cut api-gateway 1.5.0;" in said
    assert snapshot(charts.path) == before
    program = snapshot(hmco.repo.path)
    assert "cd ../charts\n" in hmco.done("cut", "api-gateway", "1.5.0").out
    assert snapshot(hmco.repo.path) == program
    charts.commit("cut api-gateway 1.5.0")
    charts.git("tag", "api-gateway-1.5.0")
    origin.git("checkout", "--quiet", "--detach")
    charts.git("push", "--quiet", "origin", "HEAD:main", "api-gateway-1.5.0")
    landed = snapshot(charts.path)
    hmco.done("promote", "api-gateway", "--to", "staging")
    assert snapshot(charts.path) == landed
    assert "api-gateway: 1.5.0" in (hmco.repo.path / "Pulumi.staging.yaml").read_text()


def test_a_cut_asks_what_landed_where_the_charts_are_and_nowhere_else(
    hmco: Hmco, origin: EstateRepo, charts: EstateRepo, tmp_path: Path
) -> None:
    program = hmco.repo.clone_to(tmp_path / "program")
    hmco.repo.write("helm/charts/storage/values.yaml", "replicas: 2\n")
    hmco.repo.commit("Fix: two of storage", at=hmco.repo.until)
    program.git("fetch", "--quiet")
    origin.write("helm/charts/vault/values.yaml", "replicas: 2\n")
    origin.commit("Fix: two of vault", at=origin.until)
    charts.git("fetch", "--quiet")
    hmco.repo = program
    said = hmco.refused("cut", "vault", "patch", "--note", "Fixed: mine")
    assert "is 1 commit behind origin/main, where helm/charts/vault/values.yaml changed" in said
    assert hmco.done("cut", "storage", "patch", "--note", "Fixed: mine").out
