"""A checkout that means harm, or is in a bad state, gives findings and never a crash."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from demo.repository import EstateRepo
from release.charts.record import Registry
from release.rules.evaluation import Report
from release.rules.terminal import View, report_lines
from tests.release.rules.asking import ask, facts_of, the_one, told, write

VAULT = "helm/charts/vault"
NASTY = (
    "a\nb",
    "$(touch pwned)",
    "`id`",
    "-rf",
    "..x",
    "x\x1b[31mred",
    "x\u202egnp",
    "v\u0430ult",
    "x'\"y",
    "%2e%2e",
    " ",
    "*?[x]",
    "x" * 200,
)


def shown(report: Report) -> str:
    """Return the report as people see it."""
    lines = report_lines(report, View(everything=True))
    return "\n".join("".join(text for text, _ in line.spans) for line in lines)


@pytest.mark.parametrize("name", NASTY, ids=repr)
def test_a_chart_folder_of_a_nasty_name_is_only_unregistered(name: str, estate: EstateRepo) -> None:
    estate.write(f"helm/charts/{name}/Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\n")
    report = ask(estate)
    assert [rule for rule, _, _ in told(report)] == ["chart-unregistered"]
    text = shown(report)
    assert all(line.isprintable() for line in text.split("\n"))
    assert not (estate.path / "pwned").exists()


@pytest.mark.parametrize("name", NASTY, ids=repr)
def test_a_file_of_a_nasty_name_in_a_chart_is_only_a_change(name: str, estate: EstateRepo) -> None:
    estate.write(f"{VAULT}/templates/{name}.yaml", "kind: ConfigMap\n")
    assert told(ask(estate)) == []


def test_a_name_that_is_no_text_is_shown_with_its_bytes(estate: EstateRepo) -> None:
    folder = os.fsencode(estate.path / "helm/charts") + b"/\xff\xfe"
    os.mkdir(folder)  # noqa: PTH102 -- a name of bytes
    Path(os.fsdecode(folder + b"/Chart.yaml")).write_text("apiVersion: v2\nname: x\n")
    assert "\\xff\\xfe" in shown(ask(estate))


@pytest.mark.parametrize(
    "file", ["Chart.yaml", "values.yaml", "CHANGELOG.md", "templates/settings.yaml"]
)
def test_a_symlink_out_of_the_repository_is_not_read(
    file: str, estate: EstateRepo, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("apiVersion: v2\nname: hunter2\nversion: latest\n")
    path = estate.path / VAULT / file
    path.unlink()
    path.symlink_to(secret)
    report = ask(estate)
    assert "hunter2" not in shown(report)
    assert "out of the repository" in the_one(report, "unusable-file").what


def test_a_symlinked_chart_folder_is_told(estate: EstateRepo) -> None:
    folder = estate.path / VAULT
    folder.rename(estate.path / "elsewhere")
    folder.symlink_to("../../elsewhere")
    rules = {rule for rule, _, _ in told(ask(estate))}
    assert {"unusable-file", "chart-missing"} <= rules


def test_a_loop_of_symlinks_ends(estate: EstateRepo) -> None:
    (estate.path / VAULT / "templates" / "loop").symlink_to("..")
    (estate.path / VAULT / "self").symlink_to("self")
    kinds = {f.what.partition(" ")[2] for f in ask(estate).findings if f.rule == "unusable-file"}
    assert any("symlink" in kind for kind in kinds)


def test_a_chart_folder_that_is_a_file_is_told(estate: EstateRepo) -> None:
    registry: Registry = estate.registry
    chart = registry.by_name["vault"]._replace(name="vault-two")
    estate.write("helm/charts/vault-two", "I am a file\n")
    report = ask(estate, replace(registry, charts=(*registry.charts, chart)))
    assert {rule for rule, _, _ in told(report)} == {"unusable-file", "chart-missing"}


@pytest.mark.parametrize(
    ("content", "what", "remedy"),
    [
        (b"\xff\xfe\x00", "not UTF-8 text", "convert the file first"),
        (b"a: \x00\n", "a zero byte", "convert the file first"),
        (
            b"<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n",
            "conflict",
            "resolve and commit it first",
        ),
        (b"a: 1\n" * 1_100_000, "above 5 MiB", "correct that first"),
    ],
    ids=["binary", "zero", "conflict", "large"],
)
def test_a_file_that_is_no_text_is_told_once(
    content: bytes, what: str, remedy: str, estate: EstateRepo
) -> None:
    (estate.path / VAULT / "values.yaml").write_bytes(content)
    tree = facts_of(estate).tree
    fault = tree.fault(f"{VAULT}/values.yaml")
    assert fault is not None
    assert what in fault.message
    assert fault.remedy == remedy
    assert [(rule, file) for rule, file, _ in told(ask(estate))] == [
        ("unusable-file", f"{VAULT}/values.yaml")
    ]


def test_a_pipe_in_a_chart_does_not_hold_us(estate: EstateRepo) -> None:
    os.mkfifo(estate.path / VAULT / "templates" / "pipe.yaml")
    assert "not a regular file" in the_one(ask(estate), "unusable-file").what


def test_an_empty_chart_yaml_is_told_as_such(estate: EstateRepo) -> None:
    estate.write(f"{VAULT}/Chart.yaml", "")
    rules = {rule for rule, _, _ in told(ask(estate))}
    assert "chart-form" in rules


@pytest.mark.parametrize(
    "text",
    [
        "- a\n",
        "a: &a [*a]\n",
        "? [x]\n: y\n",
        "dependencies: {}\n",
        "dependencies: [1, null, {}]\n",
        "name: {a: b}\nversion: [1]\n",
        "[" * 500,
        "---\na: 1\n---\nb: 2\n",
        "\t\n",
        "a: !!python/object/apply:os.system [touch pwned]\n",
    ],
)
@pytest.mark.parametrize("file", ["Chart.yaml", "Chart.lock", "values.yaml"])
def test_odd_yaml_is_a_finding_or_nothing(text: str, file: str, estate: EstateRepo) -> None:
    write(f"{VAULT}/{file}", text)(estate)
    shown(ask(estate))
    assert not (estate.path / "pwned").exists()


def test_a_chart_root_outside_of_the_checkout_is_not_read(
    estate: EstateRepo, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    (estate.path / "helm").rename(outside)
    (estate.path / "helm").symlink_to(outside)
    report = ask(estate)
    assert "out of the repository" in the_one(report, "unusable-file").what


def test_an_unfinished_merge_is_told_file_by_file(estate: EstateRepo) -> None:
    estate.git("checkout", "--quiet", "-b", "one", "HEAD~1")
    estate.edit(f"{VAULT}/values.yaml", "stage: base", "stage: one")
    estate.commit("one")
    estate.git("checkout", "--quiet", "main")
    estate.edit(f"{VAULT}/values.yaml", "stage: base", "stage: two")
    estate.commit("two")
    with pytest.raises(Exception, match="merge"):
        estate.git("merge", "--quiet", "one")
    finding = the_one(ask(estate), "unusable-file")
    assert finding.file == f"{VAULT}/values.yaml"
    assert finding.line > 1
