"""What a person sets up on GitHub before workflows run: variables, secrets, rules in force."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.github.operations import REPO, Handler, routes
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


GIVEN: Final[Mapping[str, Handler]] = {
    **routes("GET", "/actions/variables/{name}", _variable),
    **routes("GET", "/environments/{environment_name}/secrets/{secret_name}", _secret),
    **routes("GET", "/rules/branches/{branch}", _branch_rules),
}
