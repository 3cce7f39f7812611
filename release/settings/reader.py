"""From a parsed stack file to typed settings, or to everything that is wrong with it."""

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import lru_cache, reduce
from operator import getitem
from typing import Annotated, Any, Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from release.settings.base import SettingsModel, to_camel
from release.settings.constraints import contradictions, version_problems
from release.settings.engineconfig import value_of
from release.settings.model import Settings
from release.settings.problems import Path, Problem
from release.settings.stackfile import StackFile

_LONGEST_QUOTE: Final = 60


class Reading(NamedTuple):
    """What a stack file says: all that is wrong, and the settings as far as they are right.

    `settings` has exactly the fields in its `model_fields_set`; it is whole if nothing is wrong.
    """

    settings: Settings
    problems: tuple[Problem, ...]


def read_settings(stack_file: StackFile) -> Reading:
    """Return the settings as far as they are right, and every problem of the file."""
    stack_file = stack_file._replace(
        config={setting: _bare(setting, value) for setting, value in stack_file.config.items()}
    )
    problems = list(stack_file.problems)
    if problems and not stack_file.config:
        # Nothing could be read; that every setting is missing would only bury the reason.
        return Reading(Settings.model_construct(**dict[str, Any]()), tuple(problems))
    text = json.dumps(stack_file.config)
    told = {problem.key for problem in problems}
    try:
        # The JSON form of strict validation takes lists for tuples and nothing else for anything.
        settings = Settings.model_validate_json(text)
    except ValidationError as error:
        causes = [
            (
                stack_file.problem(_path(stack_file.config, details["loc"]), _message(details)),
                details["type"] == "value_error",
            )
            for details in _causes(stack_file.config, error)
        ]
        # What no quotes would mend is told in the words of the setting's own form.
        formed = {problem.key for problem, by_form in causes if by_form}
        problems = [problem for problem in problems if problem.key not in formed]
        problems += [p for p, _ in causes if p.key not in told or p.key in formed]
        settings = _right_part(stack_file.config, error)
    versions = version_problems(stack_file.config)
    # No text that YAML guesses about is a version: to advise quotes would only mislead.
    wrong_versions = [stack_file.problem(*violation) for violation in versions]
    told = {problem.key for problem in wrong_versions}
    problems = [problem for problem in problems if problem.key not in told] + wrong_versions
    together = contradictions(settings, stack_file.environment)
    problems += (stack_file.problem(*violation) for violation in together)
    return Reading(settings, tuple(problems))


def _bare(setting: str, value: object) -> object:
    """Return a value without the quotes that the engine puts around a lone 10 or null.

    It does so in a stack file that it writes anew, for the salt of a passphrase.
    """
    read = value_of(setting, value) if isinstance(value, str) else value
    return value if isinstance(read, dict | list) else read


def _causes(config: Mapping[str, object], error: ValidationError) -> Iterator[Mapping[str, Any]]:
    """Yield what is wrong; for a value that quotes alone would not mend, what is wrong in quotes.

    Who writes `soak: 24` and is told to quote it would be told next that "24" is not a duration.
    """
    causes = [details for details in error.errors() if _is_cause(details)]
    bare = {
        details["loc"]: _found(details)
        for details in causes
        if details["type"] == "string_type" and isinstance(details["input"], bool | int | float)
    }
    in_quotes: dict[Path, Mapping[str, Any]] = {}
    if bare:
        try:
            Settings.model_validate_json(json.dumps(_with_texts(config, bare)))
        except ValidationError as again:
            in_quotes = {details["loc"]: details for details in again.errors()}
    for details in causes:
        wanted = in_quotes.get(details["loc"]) if details["loc"] in bare else None
        yield wanted or details


def _with_texts(config: Mapping[str, object], texts: Mapping[Path, str]) -> object:
    """Return the data with the values at these places as texts."""
    copy: Any = deepcopy(config)
    for place, text in texts.items():
        *above, last = _path(config, place)
        reduce(getitem, above, copy)[last] = text
    return copy


def _right_part(config: Mapping[str, object], error: ValidationError) -> Settings:
    wrong = {details["loc"][0] for details in error.errors()}
    right = {
        name: adapter.validate_json(json.dumps(config[alias]))
        for name, adapter in _field_adapters().items()
        if (alias := to_camel(name)) in config and alias not in wrong
    }
    return Settings.model_construct(**right)


@lru_cache(maxsize=1)
def _field_adapters() -> Mapping[str, TypeAdapter[Any]]:
    # Needed for broken files only, so that a sound one does not pay for them at start-up.
    return {
        name: TypeAdapter(Annotated[field.annotation, "", *field.metadata])  # type: ignore[arg-type]  # the annotation is known at run time only
        for name, field in Settings.model_fields.items()
    }


def _path(config: object, loc: Path) -> Path:
    """Return the keys without what pydantic puts between them: a union's form, a key's mark."""
    path = list[str | int]()
    at: Any = config
    *above, last = loc
    for part in above:
        if not isinstance(at, dict) or part in at:
            path.append(part)
            at = at[part]
    return tuple(path) if last == "[key]" else (*path, last)


def _is_cause(details: Mapping[str, Any]) -> bool:
    # pydantic calls a list too short when its only entry is wrong, which has an error of its own.
    return details["type"] != "too_short" or not details["input"]


def _message(details: Mapping[str, Any]) -> str:
    kind = details["type"]
    if kind in _WORDS:
        return _WORDS[kind](details)
    message = str(details["msg"])
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return f"found {_found(details)}; {message[:1].lower()}{message[1:]}"


def _found(details: Mapping[str, Any]) -> str:
    text = json.dumps(details["input"], ensure_ascii=False)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 3]}..."


def _missing(_: Mapping[str, Any]) -> str:
    return "is missing; every environment states every setting (copy the line of another one)"


def _unknown(details: Mapping[str, Any]) -> str:
    key = str(details["loc"][-1])
    near = difflib.get_close_matches(key, _known_keys(), n=1)
    hint = ""
    if key in _known_keys():
        hint = " in this place"
    elif near:
        hint = f" (did you mean {near[0]}?)"
    return f"unknown setting{hint}; the known ones are listed by: hmco schema stack"


@lru_cache(maxsize=1)
def _known_keys() -> tuple[str, ...]:
    models = SettingsModel.__subclasses__()
    return tuple(sorted({to_camel(name) for model in models for name in model.model_fields}))


def _not_text(details: Mapping[str, Any]) -> str:
    value = details["input"]
    if value is None:
        return "is empty; write a text"
    if isinstance(value, bool | int | float):
        return f'found {_found(details)}, which is not text; write "{_found(details)}" in quotes'
    return f"found {_found(details)}; write a text"


def _wanted(what: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda details: f"found {_found(details)}; write {what}"


def _choice(details: Mapping[str, Any]) -> str:
    return f"found {_found(details)}; allowed: {details['ctx']['expected']}"


_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "string_type": _not_text,
    "int_type": _wanted("a whole number without quotes"),
    "bool_type": _wanted("true or false without quotes"),
    "tuple_type": _wanted("a list ([] for none)"),
    "mapping_type": _wanted("a mapping ({} for none)"),
    "dict_type": _wanted("a mapping ({} for none)"),
    "model_type": _wanted("a mapping of settings"),
    "model_attributes_type": _wanted("a mapping of settings"),
    "literal_error": _choice,
    "union_tag_invalid": _wanted("kind: manifests or kind: cluster"),
    "union_tag_not_found": _wanted("kind: manifests or kind: cluster"),
    "too_short": _wanted("at least one entry"),
    "string_too_short": _wanted("a text"),
}
