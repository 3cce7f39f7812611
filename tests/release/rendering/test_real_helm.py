"""The real Helm renders what Argo CD would, and a hostile chart reaches nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from release.rendering.cache import RenderingCache, open_cache
from release.rendering.renderedobjects import OVERSTEPPED, VOLATILE, Rendering, Unknown
from tests.estate.scratch import Scratch
from tests.release.rendering.charts import Charts, chart_files, renderer
from tests.release.rendering.conftest import Write


def config_map(value: str, name: str = "a") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{x: {value}}}\n"


def data(outcome: Rendering | Unknown) -> list[object]:
    assert isinstance(outcome, Rendering)
    assert outcome.failure == ""
    return [item.body.get("data", {}).get("x") for item in outcome.objects]


def failure(outcome: Rendering | Unknown) -> str:
    assert isinstance(outcome, Rendering)
    assert outcome.objects == ()
    return outcome.failure


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ .Release.Name }} in {{ .Release.Namespace }}", "alpha in here"),
        ("{{ .Capabilities.KubeVersion.Version }}", "v1.34.2"),
        ('{{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}', True),
        ("{{ .Values.a }} {{ .Values.b }} {{ .Values.c }}", "file parameter second"),
        ("{{ kindOf .Values.number }}{{ kindOf .Values.text }}", "int64string"),
        ('{{ tpl "{{ .Values.a }}" . }}', "file"),
        ('{{ lookup "v1" "Pod" "" "" | len }}', 0),
        ('{{ .Files.Get "note.txt" }}', "a note"),
        ("{{ .Release.IsInstall }}", True),
    ],
)
def test_a_template_sees_what_argo_cd_shows_it(
    write_chart: Write, template: str, value: object
) -> None:
    charts = write_chart(
        "alpha",
        {
            "templates/a.yaml": config_map(template),
            "values.yaml": "a: chart\nb: chart\nc: chart\n",
            "one.yaml": "a: file\nb: file\nc: first\n",
            "two.yaml": "c: second\n",
            "note.txt": "a note",
        },
    )
    parameters = [{"name": "b", "value": "parameter"}, {"name": "number", "value": "1"}]
    text = {"name": "text", "value": "1", "forceString": True}
    outcome = charts.render(
        "alpha", valueFiles=["one.yaml", "two.yaml"], parameters=[*parameters, text]
    )
    assert data(outcome) == [value]


def test_crds_are_rendered_first_and_hooks_are_marked(write_chart: Write) -> None:
    hook = config_map("b", "b").replace(
        "{name: b}", "{name: b, annotations: {helm.sh/hook: pre-install}}"
    )
    crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: c}"
    charts = write_chart(
        "alpha",
        {"templates/a.yaml": config_map("a"), "templates/b.yaml": hook, "crds/c.yaml": crd},
    )
    outcome = charts.render("alpha")
    assert isinstance(outcome, Rendering)
    assert [(str(item.identity), item.hook) for item in outcome.objects] == [
        ("CustomResourceDefinition c", ""),
        ("ConfigMap a", ""),
        ("ConfigMap b", "pre-install"),
    ]


SUB_CHARTS = {
    "alias": ("alias: other", "other: {x: v}", "v"),
    "condition-true": ("condition: sub.enabled", "sub: {enabled: true, x: v}", "v"),
    "condition-false": ("condition: sub.enabled", "sub: {enabled: false, x: v}", None),
    "global": ("name: sub", "global: {x: g}", "g"),
}


@pytest.mark.parametrize(("entry", "values", "value"), SUB_CHARTS.values(), ids=SUB_CHARTS)
def test_sub_charts_come_from_the_charts_own_folder(
    write_chart: Write, entry: str, values: str, value: str | None
) -> None:
    dependency = f"- {{name: sub, version: 1.0.0, {entry if entry != 'name: sub' else ''}}}\n"
    charts = write_chart(
        "alpha",
        {
            "Chart.yaml": "apiVersion: v2\nname: alpha\nversion: 1.0.0\ndependencies:\n"
            + dependency,
            "values.yaml": values,
            "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
            "charts/sub/values.yaml": "x: default\n",
            "charts/sub/templates/a.yaml": config_map(
                "{{ (.Values.global | default dict).x | default .Values.x }}"
            ),
        },
    )
    assert data(charts.render("alpha")) == ([] if value is None else [value])


def test_imported_values_and_library_charts_work(write_chart: Write) -> None:
    charts = write_chart(
        "alpha",
        {
            "Chart.yaml": "apiVersion: v2\nname: alpha\nversion: 1.0.0\ndependencies:\n"
            "- {name: lib, version: 1.0.0, import-values: [shared]}\n",
            "charts/lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n",
            "charts/lib/values.yaml": "exports: {shared: {x: imported}}\n",
            "charts/lib/templates/_a.tpl": '{{ define "lib.x" }}{{ .Values.x }}{{ end }}',
            "templates/a.yaml": config_map('{{ include "lib.x" . }}'),
        },
    )
    assert data(charts.render("alpha")) == ["imported"]


def test_a_dependency_that_is_not_vendored_is_unknown_with_its_command(write_chart: Write) -> None:
    charts = write_chart(
        "alpha",
        {
            "Chart.yaml": "apiVersion: v2\nname: alpha\nversion: 1.0.0\ndependencies:\n"
            "- {name: far, version: 1.0.0, repository: 'https://charts.example.org'}\n"
        },
    )
    assert charts.render("alpha") == Unknown(
        "it depends on far, which is not in its charts/ folder",
        "helm repo add far https://charts.example.org && helm dependency build charts/alpha",
    )


VARYING = {
    "password": '"{{ randAlphaNum 20 }}"',
    "certificate": '{{ (genSelfSignedCert "a" nil nil 1).Cert | quote }}',
    "identifier": "{{ uuidv4 }}",
    "clock": '"{{ now | unixEpoch }}"',
}


@pytest.mark.parametrize("template", VARYING.values(), ids=VARYING)
def test_what_every_rendering_makes_anew_is_told_and_never_a_change(
    write_chart: Write, template: str
) -> None:
    charts = write_chart("alpha", {"templates/a.yaml": config_map(template)})
    outcome = charts.render("alpha")
    assert data(outcome) == [VOLATILE]
    assert isinstance(outcome, Rendering)
    assert outcome.volatile == ("ConfigMap a: data.x",)


def test_a_random_name_is_told_as_well(write_chart: Write) -> None:
    charts = write_chart("alpha", {"templates/a.yaml": config_map("1", "j-{{ randAlpha 5 }}")})
    outcome = charts.render("alpha")
    assert isinstance(outcome, Rendering)
    assert outcome.objects[0].identity.name == VOLATILE


def test_a_ten_thousand_line_crd_is_rendered_whole(write_chart: Write) -> None:
    fields = "".join(f"  f{n}:\n    type: string\n" for n in range(5000))
    crd = (
        f"apiVersion: a/v1\nkind: CustomResourceDefinition\nmetadata: {{name: c}}\nspec:\n{fields}"
    )
    outcome = write_chart("alpha", {"crds/c.yaml": crd}).render("alpha")
    assert isinstance(outcome, Rendering)
    assert len(outcome.objects[0].body["spec"]) == 5000


ABYSS = "{{ range until 1000 }}{{ range until 1000 }}{{ range until 100000 }}%s{{ end }}" * 1
HOSTILE = {
    "huge-range": ('"{{ range until 2000000000 }}x{{ end }}"', OVERSTEPPED),
    "endless": (f'"{ABYSS % ""}{{{{ end }}}}{{{{ end }}}}"', "within 3 seconds"),
    "gigabytes": (f'"{ABYSS % ("x" * 99)}{{{{ end }}}}{{{{ end }}}}"', OVERSTEPPED),
    "recursion": (
        '{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}',
        "nested reference name: r",
    ),
    "environment": ('{{ env "HOME" }}', 'function "env" not defined'),
    "not-utf-8": ('"{{ "/w==" | b64dec }}"', "alpha/templates/a.yaml"),
}


@pytest.mark.parametrize(("template", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_is_bounded_and_told(
    write_chart: Write, template: str, words: str
) -> None:
    charts = write_chart("alpha", {"templates/a.yaml": config_map(template)})
    charts.renderer.seconds = 3
    started = time.monotonic()
    outcome = charts.render("alpha")
    assert isinstance(outcome, Rendering)
    told = outcome.failure or " ".join(f"{flaw.source} {flaw.what}" for flaw in outcome.flaws)
    assert words in told
    assert time.monotonic() - started < 30


def test_a_chart_that_overstepped_is_asked_again_next_time(write_chart: Write) -> None:
    charts = write_chart("alpha", {"templates/a.yaml": config_map(HOSTILE["huge-range"][0])})
    charts.render("alpha")
    wanted = charts.prepare("alpha")
    assert not isinstance(wanted, Rendering)
    assert renderer(charts.renderer.cache.folder).cached(wanted) is None


def test_an_address_is_not_looked_up(write_chart: Write) -> None:
    template = '"{{ getHostByName "localhost" }}"'
    assert data(
        write_chart("alpha", {"templates/a.yaml": config_map(template)}).render("alpha")
    ) == [""]


def test_no_process_that_renders_can_open_a_socket() -> None:
    script = (
        "from release.rendering.confine import refuse_network\n"
        "import socket, subprocess, sys\n"
        "assert refuse_network()\n"
        "code = 'import socket; socket.socket()'\n"
        "try:\n    socket.socket()\nexcept PermissionError:\n    print('refused')\n"
        "print(subprocess.run([sys.executable, '-c', code], stderr=-3).returncode)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert answer.stdout.split() == ["refused", "1"], answer.stderr


@pytest.mark.parametrize(
    ("link", "target", "words"),
    [
        ("templates/out.yaml", "/etc/passwd", "a link out of the repository"),
        ("templates/out.yaml", "../../../../x", "a link out of the repository"),
        ("templates/self", "self", "leads to itself"),
        ("templates/loop", "..", "leads to itself"),
        ("templates/none.yaml", "nothing.yaml", "does not exist"),
    ],
)
def test_a_link_that_argo_cd_would_refuse_is_refused(
    write_chart: Write, scratch: Scratch, link: str, target: str, words: str
) -> None:
    charts = write_chart("alpha", {"templates/a.yaml": config_map("a")})
    (scratch.path / "charts/alpha" / link).symlink_to(target)
    scratch.commit({})
    assert words in failure(charts.render("alpha"))


def test_a_link_inside_the_repository_is_followed(write_chart: Write, scratch: Scratch) -> None:
    charts = write_chart("alpha", {"values.yaml": "x: v\n"})
    (scratch.path / "charts/alpha/templates").symlink_to("../../shared")
    scratch.commit({"shared/a.yaml": config_map("{{ .Values.x }}")})
    assert data(charts.render("alpha")) == ["v"]


def test_a_missing_value_file_fails_unless_the_application_says_otherwise(
    write_chart: Write,
) -> None:
    charts = write_chart("alpha", {"templates/a.yaml": config_map("a")})
    assert "no.yaml does not exist" in failure(charts.render("alpha", valueFiles=["no.yaml"]))
    outcome = charts.render("alpha", valueFiles=["no.yaml"], ignoreMissingValueFiles=True)
    assert data(outcome) == ["a"]


def test_a_file_that_overrides_the_application_from_git_is_refused(write_chart: Write) -> None:
    charts = write_chart("alpha", {".argocd-source-alpha-test.yaml": "helm: {}\n"})
    assert "behind the Application's back" in failure(charts.render("alpha"))


PLANTED = "Tr0ub4dor-and-3"
BY_PARAMETER = {"name": "db.password", "value": PLANTED}
GIVEN: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "own": ({"values.yaml": f"db: {{password: {PLANTED}}}\n"}, {}),
    "file": ({"more.yaml": f"db: {{password: {PLANTED}}}\n"}, {"valueFiles": ["more.yaml"]}),
    "lines": ({"values.yaml": f"db:\n  password: |\n    {PLANTED}\n    more\n"}, {}),
    "inline": ({}, {"valuesObject": {"db": {"password": PLANTED}}}),
    "parameter": ({}, {"parameters": [BY_PARAMETER]}),
    "text": ({}, {"parameters": [BY_PARAMETER | {"forceString": True}]}),
    "comma": ({}, {"parameters": [BY_PARAMETER | {"value": f"{PLANTED},more"}]}),
}


@pytest.mark.parametrize(("files", "block"), GIVEN.values(), ids=GIVEN)
@pytest.mark.parametrize("before", [0, 240], ids=["whole", "cut"])
def test_an_error_of_helm_does_not_quote_a_secret(
    write_chart: Write, files: dict[str, str], block: dict[str, Any], before: int
) -> None:
    words = "x" * before + " bad: %s" + " x" * 3 * before
    template = f'{{{{ fail (printf "{words}" .Values.db.password) }}}}'
    told = failure(
        write_chart("alpha", {"templates/a.yaml": template, **files}).render("alpha", **block)
    )
    assert "bad: «hidden" in told or before
    assert "Tr0" not in told
    assert len(told) < 700


def test_an_error_of_helm_does_not_quote_a_secret_of_a_sub_chart(write_chart: Write) -> None:
    files = {
        "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
        "charts/sub/values.yaml": f"password: {PLANTED}\n",
        "charts/sub/templates/a.yaml": "{{ fail .Values.password }}",
    }
    assert PLANTED not in failure(write_chart("alpha", files).render("alpha"))


def test_equal_files_are_rendered_once(write_chart: Write, scratch: Scratch) -> None:
    charts = write_chart("alpha", {"templates/a.yaml": config_map("a")})
    charts.render("alpha")
    scratch.commit({"README.md": "elsewhere\n"})
    again = Charts(charts.folder, replace(renderer(charts.renderer.cache.folder), helm=None))
    assert data(again.render("alpha")) == ["a"]
    scratch.commit({"charts/alpha/values.yaml": "x: 1\n"})
    assert again.render("alpha") == Unknown("Helm is not installed here", "make setup-helm")


def test_the_cache_holds_no_secret(write_chart: Write) -> None:
    made = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: '{{ .Values.p }}'}"
    charts = write_chart("alpha", {"templates/a.yaml": made, "values.yaml": f"p: {PLANTED}\n"})
    charts.render("alpha")
    files = [path for path in charts.renderer.cache.folder.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert PLANTED not in files[0].read_text() + str(files[0])
    assert oct(files[0].stat().st_mode)[-3:] == "600"


def test_a_damaged_entry_is_as_good_as_none(tmp_path: Path) -> None:
    cache = RenderingCache(tmp_path, b"k")
    cache.put("abcd", Rendering(failure="x"))
    path = tmp_path / "ab" / "cd"
    for damaged in (path.read_bytes()[:-1], b"", b"\n{}", b"junk"):
        path.write_bytes(damaged)
        assert cache.get("abcd") is None


def test_two_runs_that_come_first_agree_on_one_key(tmp_path: Path) -> None:
    keys: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: keys.append(open_cache(tmp_path).key)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1


def test_a_run_that_is_killed_leaves_no_broken_entry_and_no_process(
    tmp_path: Path, scratch: Scratch
) -> None:
    for number in range(12):
        files = chart_files(f"c{number}", {"templates/a.yaml": config_map(str(number))})
        scratch.write(dict(files))
    scratch.commit({})
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.release.rendering.charts import Charts, renderer\n"
        f"charts = Charts(Path({str(scratch.path)!r}), renderer(Path({str(tmp_path / 'c')!r})))\n"
        "wanted = [charts.prepare(f'c{n}') for n in range(12)]\n"
        "charts.renderer.render(wanted)\n"
    )
    for entries_by_then in (1, 4, 8):
        command = [sys.executable, "-c", script]
        run = subprocess.Popen(command, env={**os.environ}, stdout=subprocess.PIPE)
        while len([*(tmp_path / "c").glob("*/*")]) < entries_by_then:
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
        # Its workers hold the other end of the output, which ends with the last of them.
        run.communicate(timeout=30)
    cache = RenderingCache(tmp_path / "c", b"k" * 32)
    entries = [path for path in (tmp_path / "c").glob("*/*") if path.suffix != ".new"]
    assert all(cache.get(path.parent.name + path.name) is not None for path in entries)
    subprocess.run([sys.executable, "-c", script], env={**os.environ}, check=True)
    entries = [path for path in (tmp_path / "c").glob("*/*") if path.suffix != ".new"]
    assert len(entries) == 12
