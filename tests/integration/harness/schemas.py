"""The schemas of api/schemas, as a reader of the topics would use them."""

import json
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

API = Path(__file__).parents[3] / "api"
FILES = sorted((API / "schemas").glob("*.json"))
_SCHEMAS = {file.name: json.loads(file.read_text()) for file in FILES}
_REGISTRY = Registry().with_resources([(name, DRAFT202012.create_resource(schema)) for name, schema in _SCHEMAS.items()])


def schema(name):
    return _SCHEMAS[name]


def validator(reference):
    """Of `result.json`, or of a part: `command-payloads.json#/$defs/device.reset`."""
    return Draft202012Validator({"$ref": reference}, registry=_REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER)


def assert_valid(instance, reference):
    problems = [f"{error.json_path}: {error.message}" for error in validator(reference).iter_errors(instance)]
    assert not problems, f"{reference}: {problems}\n{json.dumps(instance, indent=1)}"


def is_valid(instance, reference):
    return validator(reference).is_valid(instance)


def asyncapi():
    return yaml.safe_load((API / "asyncapi.yaml").read_text())


def references(node):
    """Every $ref below the node."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref" and isinstance(value, str):
                yield value
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(document, pointer):
    """What a JSON pointer (after the #) names; a KeyError where it names nothing."""
    for token in pointer.strip("/").split("/") if pointer.strip("/") else []:
        document = document[token.replace("~1", "/").replace("~0", "~")]
    return document
