"""Which lines of a template Helm renders, compared for conditions of every make."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from release.charts.helm.branches import Rendered, rendered_lines
from tests.helm.judge import helm, write_chart

CHART = "apiVersion: v2\nname: demo\nversion: 1.0.0\n"
HELPER = '{{- define "t" -}}x{{- end -}}\n{{- define "none" -}}{{- end -}}\n'

LEAF: st.SearchStrategy[Any] = st.sampled_from([True, False, None, "", "x", "y", 0, 1, [], [1], {}])
VALUES = st.fixed_dictionaries(
    {},
    optional={"a": LEAF, "b": LEAF, "t": st.fixed_dictionaries({"c": LEAF}, optional={"d": LEAF})},
)
OPERAND: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(
        (".Values.a", ".Values.b", "$.Values.a", ".Values.t", "true", "false", '""', '"x"')
    )
    | st.sampled_from(
        ('(include "t" .)', '(include "none" .)', ".Release.IsInstall", "$.Chart.Name")
    ),
    lambda inner: st.one_of(
        st.builds("(not {})".format, inner),
        st.builds("(and {} {})".format, inner, inner),
        st.builds("(or {} {} {})".format, inner, inner, inner),
        st.builds("(empty {})".format, inner),
        st.builds("(default {} {})".format, inner, inner),
        st.builds("({} | not)".format, inner),
        st.builds("({} | default {})".format, inner, inner),
    ),
    max_leaves=4,
)
CONDITION = st.one_of(
    OPERAND,
    OPERAND.map(lambda each: each.removeprefix("(").removesuffix(")") if each[0] == "(" else each),
    st.builds('eq (toString {}) "x"'.format, OPERAND),
    st.builds("$v := {}".format, OPERAND),
)
OPENING = st.one_of(
    st.builds("{{{{- if {} }}}}".format, CONDITION),
    st.builds("{{{{ if {} -}}}}".format, CONDITION),
    st.builds("{{{{- with {} }}}}".format, OPERAND),
    st.builds("{{{{- range {} }}}}".format, st.sampled_from((".Values.l", "$.Values.l", "list"))),
)
BODY: st.SearchStrategy[list[str]] = st.recursive(
    st.just(["#"]),
    lambda inner: st.one_of(
        st.builds(lambda one, two: [*one, *two], inner, inner),
        st.builds(lambda opening, body: [opening, *body, "{{- end }}"], OPENING, inner),
        st.builds(
            lambda one, two, body, other, rest: [
                f"{{{{- if {one} }}}}",
                *body,
                f"{{{{- else if {two} }}}}",
                *other,
                "{{- else }}",
                *rest,
                "{{ end -}}",
            ],
            CONDITION,
            CONDITION,
            inner,
            inner,
            inner,
        ),
    ),
    max_leaves=6,
)


def marked(lines: list[str]) -> str:
    """Return the template, its text lines numbered so that each is known in the output."""
    return "\n".join(f"# line {at}." if line == "#" else line for at, line in enumerate(lines))


def rendered_by_helm(home: Path, template: str, values: dict[str, Any]) -> set[int] | None:
    files = {
        "Chart.yaml": CHART,
        "values.yaml": yaml.safe_dump({"l": [1], **values}),
        "templates/_t.tpl": HELPER,
        "templates/x.yaml": f"{template}\n",
    }
    answer = helm(home, "template", str(write_chart(home / "chart", files)))
    if answer.returncode:
        return None
    return {int(each) for each in re.findall(r"# line (\d+)\.", answer.stdout)}


def assert_no_line_contradicts(home: Path, lines: list[str], values: dict[str, Any]) -> None:
    template = marked(lines)
    told = rendered_by_helm(home, template, values)
    if told is None:
        return  # a comparison that Helm refuses decides nothing
    states = rendered_lines(template, {"l": [1], **values})
    text = [at for at, line in enumerate(lines) if line == "#"]
    wrong = {
        at: states[at]
        for at in text
        if (states[at] is Rendered.YES and at not in told)
        or (states[at] is Rendered.NO and at in told)
    }
    assert not wrong, f"{template}\nHelm renders {sorted(told)}"


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(lines=BODY, values=VALUES)
def test_no_line_is_decided_otherwise_than_helm_decides_it(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], values: dict[str, Any]
) -> None:
    assert_no_line_contradicts(tmp_path_factory.mktemp("helm"), lines, values)


SURE = {
    "a value": ("if .Values.a", {"a": True}, Rendered.YES),
    "no value": ("if .Values.a", {}, Rendered.NO),
    "a word that means yes": ("if .Values.a", {"a": "false"}, Rendered.YES),
    "a comparison": ('if eq .Values.a "x"', {"a": "x"}, Rendered.YES),
    "another comparison": ('if ne .Values.a "x"', {"a": "x"}, Rendered.NO),
    "both of two": ("if and .Values.a (not .Values.b)", {"a": 1}, Rendered.YES),
    "one of two, one unknown": ('if and (include "t" .) .Values.a', {"a": 0}, Rendered.NO),
    "either of two, one unknown": ('if or (include "t" .) .Values.a', {"a": 1}, Rendered.YES),
    "a default": ("if .Values.a | default true", {}, Rendered.YES),
    "an empty list": ("range .Values.a", {"a": []}, Rendered.NO),
    "an unknown word": ('if include "t" .', {}, Rendered.MAYBE),
    "the chart's own": ("if .Release.IsUpgrade", {}, Rendered.MAYBE),
    "a definition": ('define "u"', {}, Rendered.NO),
}


@pytest.mark.parametrize(("opening", "values", "state"), SURE.values(), ids=SURE.keys())
def test_what_values_decide_is_decided(
    opening: str, values: dict[str, Any], state: Rendered, tmp_path: Path
) -> None:
    lines = [f"{{{{- {opening} }}}}", "#", "{{- end }}", "#"]
    assert_no_line_contradicts(tmp_path, lines, values)
    assert rendered_lines(marked(lines), values)[1] is state
    assert rendered_lines(marked(lines), values)[3] is Rendered.YES


def test_without_values_nothing_that_they_decide_is_certain() -> None:
    lines = ["{{- if .Values.a }}", "#", "{{- else }}", "#", "{{- end }}"]
    assert set(rendered_lines(marked(lines), None)[1::2]) == {Rendered.MAYBE}


def test_a_line_belongs_to_the_branch_that_its_first_word_stands_in(tmp_path: Path) -> None:
    template = (
        "{{ if .Values.a }} # line 0.\n# line 1.\n{{ end }} # line 2.\n"
        "# line 3. {{ if .Values.a }}\n# line 4.{{ end }}"
    )
    assert rendered_by_helm(tmp_path, template, {"a": False}) == {2, 3}
    states = [Rendered.NO, Rendered.NO, Rendered.YES, Rendered.YES, Rendered.NO]
    assert list(rendered_lines(template, {"a": False})) == states


def test_where_the_dot_has_moved_its_values_are_others() -> None:
    template = "{{ with .Values.t }}\n{{ if .Values.a }}\n#\n{{ end }}\n{{ if $.Values.a }}\n#\n"
    states = rendered_lines(template, {"t": {"c": 1}, "a": True})
    assert (states[2], states[5]) == (Rendered.MAYBE, Rendered.YES)
