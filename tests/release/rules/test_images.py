"""Which image names are mutable."""

import pytest

from release.rules.images import mutable_images

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
