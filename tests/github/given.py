"""What doctor asks beside the guards: variables, secrets, rules in force, how workflows ended."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, page, routes
from tests.github.server import Answer, Call, error

if TYPE_CHECKING:
    from tests.github.forge import Forge

Json = Any


def _variable(forge: "Forge", call: Call) -> Answer:
    name = call.path["name"]
    if name not in forge.variables:
        return error(404, "Not Found")
    return Answer(200, forge.example(f"GET {REPO}/actions/variables/{{name}}", name=name))


def _secret(forge: "Forge", call: Call) -> Answer:
    name = call.path["secret_name"]
    if (call.path["environment_name"], name) not in forge.secrets:
        return error(404, "Not Found")
    operation = f"GET {REPO}/environments/{{environment_name}}/secrets/{{secret_name}}"
    return Answer(200, forge.example(operation, name=name))


def _branch_rules(forge: "Forge", _: Call) -> Answer:
    checks = [{"context": name} for name in forge.required]
    rule = {
        "type": "required_status_checks",
        "ruleset_source_type": "Repository",
        "ruleset_source": f"{forge.owner}/{forge.name}",
        "ruleset_id": 1,
        "parameters": {
            "required_status_checks": checks,
            "strict_required_status_checks_policy": True,
        },
    }
    return Answer(200, [rule] if checks else [])


def _runs(forge: "Forge", call: Call) -> Answer:
    example = forge.example(f"GET {REPO}/actions/workflows/{{workflow_id}}/runs")
    entry = example["workflow_runs"][0]
    listed = [
        {**entry, "conclusion": each} for each in forge.runs.get(call.path["workflow_id"], ())
    ]
    return Answer(200, {"total_count": len(listed), "workflow_runs": page(listed, call)})


GIVEN: Final[Mapping[str, Handler]] = {
    **routes("GET", "/actions/variables/{name}", _variable),
    **routes("GET", "/environments/{environment_name}/secrets/{secret_name}", _secret),
    **routes("GET", "/actions/workflows/{workflow_id}/runs", _runs),
    **routes("GET", "/rules/branches/{branch}", _branch_rules),
}
