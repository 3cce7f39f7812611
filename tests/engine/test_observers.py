"""What watches and tells as files: the real engine and provider write it, and write it once."""

import base64
from pathlib import Path

from release.argocd.manifestfiles import file_name
from release.estate import load_estate, read_stack_files
from release.monitoring.whole import whole_environment
from release.registry import REGISTRY
from tests.engine.program import copy_program
from tests.engine.watched import watch

TOKEN = "xoxb-of-the-test"  # noqa: S105 -- nobody takes it
STORE = {"kind": "external", "storeKind": "SecretStore", "store": "vault", "key": "slack"}


def test_files_hold_what_was_built_a_second_run_changes_nothing_and_no_file_the_token(
    tmp_path: Path,
) -> None:
    program = copy_program(tmp_path, {"HMCO_SLACK_TOKEN": TOKEN})
    watch(
        program,
        "staging",
        notifier={"token": {**STORE, "property": None}},
        channels={"release-deployed": "deployed", "release-held": "held-{team}"},
    )
    first = program.up("staging")
    assert first.code == 0, first.text
    second = program.up("staging", "--expect-no-changes")
    assert second.code == 0, second.text

    estate = load_estate(REGISTRY, read_stack_files(program.folder))
    environment = estate.environments["staging"]
    built = whole_environment(REGISTRY, estate, environment, program.folder)
    assert program.manifests("staging") == {file_name(each): each for each in built.all}
    kinds = {str(manifest["kind"]) for manifest in built.observers}
    assert kinds == {"ConfigMap", "ExternalSecret", "PrometheusRule"}

    assert TOKEN not in first.text + second.text
    files = program.snapshot()
    assert [name for name in files if name.endswith("stacks/hmco/staging.json")], "the state"
    forms = (TOKEN.encode(), base64.b64encode(TOKEN.encode()))
    assert not [name for name, content in files.items() if any(form in content for form in forms)]
