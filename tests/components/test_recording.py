"""The harness itself: what the SDK's mocks let pass must not pass here."""

import pulumi
import pytest
from pulumi_kubernetes.core.v1 import ConfigMap

from tests.components.recording import DuplicateResourceError, build


def _config_map(name: str, opts: pulumi.ResourceOptions | None = None) -> ConfigMap:
    return ConfigMap(name, metadata={"name": name, "namespace": "a"}, data={"k": "v"}, opts=opts)


def test_an_assertion_inside_apply_fails_the_test() -> None:
    def program() -> None:
        def check(data: object) -> None:
            assert data == "something else"

        _config_map("one").data.apply(check)

    with pytest.raises(AssertionError):
        build(program)


def test_a_resource_registered_twice_is_refused() -> None:
    def program() -> None:
        _config_map("one")
        _config_map("one")

    with pytest.raises(DuplicateResourceError, match="one"):
        build(program)


def test_a_child_without_its_parent_is_seen_beside_the_component() -> None:
    class Careless(pulumi.ComponentResource):
        def __init__(self, name: str) -> None:
            super().__init__("platform:test:Careless", name)
            _config_map(f"{name}-with", pulumi.ResourceOptions(parent=self))
            _config_map(f"{name}-without")
            self.register_outputs({})

    resources = build(lambda: Careless("c")).of_type("ConfigMap")
    assert "Careless" in resources["c-with"].parent
    assert "Careless" not in resources["c-without"].parent


def test_an_invoke_that_nobody_expects_raises() -> None:
    with pytest.raises(Exception, match="unexpected call of test:index:anything"):
        build(lambda: pulumi.runtime.invoke("test:index:anything", {}).value)


def test_whole_numbers_come_back_as_integers_and_secrets_unwrapped() -> None:
    def program() -> None:
        ConfigMap(
            "one",
            metadata={"name": "one", "namespace": "a", "generation": 10},
            data={"k": pulumi.Output.secret("v")},
        )

    inputs = build(program).of_type("ConfigMap")["one"].inputs
    assert inputs["metadata"]["generation"] == 10
    assert isinstance(inputs["metadata"]["generation"], int)
    assert inputs["data"] == {"k": "v"}


def test_one_program_leaves_nothing_to_the_next() -> None:
    def first() -> None:
        pulumi.export("left", "over")
        assert pulumi.Config().get("key") == "value"

    def second() -> None:
        assert pulumi.Config().get("key") is None
        pulumi.export("own", pulumi.get_stack())

    assert build(first, config={"hmco:key": "value"}).outputs == {"left": "over"}
    assert build(second, stack="other").outputs == {"own": "other"}


def test_an_output_in_a_format_string_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_ERROR_OUTPUT_STRING", "true")

    def program() -> None:
        _config_map(f"name-of-{_config_map('one').data}")

    with pytest.raises(Exception, match="__str__"):
        build(program)


@pytest.mark.parametrize("preview", [True, False])
def test_a_program_sees_whether_it_is_a_preview(*, preview: bool) -> None:
    seen: list[bool] = []
    build(lambda: seen.append(pulumi.runtime.is_dry_run()), preview=preview)
    assert seen == [preview]
