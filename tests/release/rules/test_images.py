"""Which image names are mutable."""

import pytest

from release.rules.images import misread_tags, mutable_images, mutable_values

MUTABLE = (
    "tag: latest",
    'tag: "latest"',
    "  imageTag: main",
    "- image: busybox",
    "image: repo/x:latest",
    'image: "repo:5000/x/y:nightly"  # why not',
    'image: "{{ .Values.repository }}:latest"',
    'image: "{{ .Values.repository }}:{{ .Values.tag | default "latest" }}"',
    "image: LATEST:latest".lower(),
    "image: repo/x\nother:\n  tag: v1.2",
)
FIXED = (
    'tag: "1.0"',
    "tag: ''",
    "# tag: latest",
    "image: repo/x:1.2.3",
    "image: repo:5000/x:1.2.3",
    "image: x@sha256:0123456789abcdef",
    "image: {}",
    "image:",
    "image: logo.png",
    "image: true",
    "imagePullPolicy: Always",
    'image: "{{ .Values.image }}"',
    "image: repo/x\ntag: v1.2",
    "tag: v1.2\nimage: repo/x",
    "foo:\n  image: repo/x\n  version: 3",
    "stage: latest",
    "image: $(IMAGE)",
)


@pytest.mark.parametrize("text", MUTABLE)
def test_a_name_that_may_mean_another_image_is_told(text: str) -> None:
    assert len(list(mutable_images(f"a: 1\n{text}\n"))) == 1
    assert next(mutable_images(f"a: 1\n{text}\n")).line == 2


@pytest.mark.parametrize("text", FIXED)
def test_a_fixed_name_is_left_alone(text: str) -> None:
    assert list(mutable_images(f"{text}\n")) == []


def test_a_fallback_is_not_certain() -> None:
    (image,) = mutable_images('image: "x:{{ .Values.tag | default "latest" }}"\n')
    assert not image.certain


IN_VALUES = (
    "image: {repository: x, tag: latest}",
    "image: {repository: x, tag: 'latest', pullPolicy: Always}",
    "image: &main {repository: x, tag: latest}\nother: *main",
    "tag: &t latest\nother: {stage: *t}",
    "stage: &t latest\nother: {tag: *t}",
    "tag: !!str latest",
    "tag: 'latest' # \"latest\" for now",
    "tag:\n  latest",
    "images: [x:1.0, 'y:latest']",
    "sidecarImages:\n- x@sha256:0123\n- y",
    "'image': \"x:latest\"",
    "base: &b {tag: latest}\nimage: {<<: *b, repository: x}",
    "a:\n- {image: x:nightly}",
)
SOUND_IN_VALUES = (
    "image: {repository: x, tag: latest, digest: 'sha256:0123'}",
    "tag: latest@sha256:0123456789abcdef",
    "image: x:latest@sha256:0123456789abcdef",
    "imageTag: latest\nimageDigest: sha256:0123",
    "tag: latest\nsha: 0123",
    "image: {name: x, tag: '1.2'}",
    "image: x\nversion: '1'",
    "script: |\n  tag: latest\n  image: x",
    "tag: ~",
    "image: [a, b]",
)


@pytest.mark.parametrize("text", IN_VALUES)
def test_a_value_that_may_mean_another_image_is_told_once_in_every_style(text: str) -> None:
    assert len(list(mutable_values(f"{text}\n"))) == 1


@pytest.mark.parametrize("text", SOUND_IN_VALUES)
def test_a_value_with_a_digest_or_version_is_sound(text: str) -> None:
    assert list(mutable_values(f"{text}\n")) == []


def test_a_tag_beside_an_empty_digest_is_told() -> None:
    assert len(list(mutable_values("tag: latest\ndigest: ''\n"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "containers: [{name: a, image: x:latest}]",
        "containers: [{name: a, image: x:1.0}, {name: b, image: &b !!str 'x:latest'}]",
        "jobs: {name: a, initImage: x:latest}",
        "- {image: 'x:latest', name: a}",
        "image: &i x:latest",
        "image: 'x:latest' # was 'x:1.0'",
        "  image: !!str x:latest",
    ],
)
def test_an_image_of_a_template_is_found_in_every_style(text: str) -> None:
    assert [image.line for image in mutable_images(f"a: 1\n{text}\n")] == [2]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("1.20", "1.2"),
        ("6063e25", "6.063e+28"),
        ("72225e2", "7.2225e+06"),
        ("0o17", "15"),
        ("y", "true"),
        ("20240101", "2.0240101e+07"),
        ("1_0", "10"),
        ("010", "8"),
    ],
)
@pytest.mark.parametrize("form", ["tag: {}", "image: {{tag: {}}}", "a:\n- imageTag: {} # x"])
def test_a_tag_that_helm_prints_otherwise_is_told(form: str, written: str, printed: str) -> None:
    (tag,) = misread_tags(form.format(written) + "\n")
    assert (tag.written, tag.printed) == (written, printed)


@pytest.mark.parametrize("written", ["1.2", "'1.20'", "123", "2024-01-01", "v1", "1.2.3", "", "~"])
def test_a_tag_that_helm_prints_as_it_is_written_is_left_alone(written: str) -> None:
    assert list(misread_tags(f"tag: {written}\n")) == []


@pytest.mark.parametrize("key", ["conversion", "stage", "tags", "versions", "advantage"])
def test_a_number_of_another_key_is_left_alone(key: str) -> None:
    assert list(misread_tags(f"{key}: 1.20\n")) == []
