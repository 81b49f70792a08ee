"""The published schemas of OCPP 1.6, which lie beside the checkout, read as the validators in use read them."""

import json
import re
import warnings
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from jsonschema import FormatChecker
from jsonschema.validators import validator_for

FOLDER = Path(__file__).parents[4] / "shared" / "ocpp" / "schemas" / "1.6"

# What the validators in use take for a date-time (ajv-formats): RFC 3339 with a blank for the T, and zones without minutes.
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d(:?\d\d)?)")
_formats = FormatChecker(formats=())


@_formats.checks("date-time")
def is_time(value):
    if not isinstance(value, str):
        return True
    found = TIME.fullmatch(value)
    try:
        return bool(found and datetime.strptime(f"{found[1]} {found[2]}", "%Y-%m-%d %H:%M:%S"))
    except ValueError:
        return False


@_formats.checks("uri")
def is_uri(value):
    if not isinstance(value, str):
        return True
    return bool(urlsplit(value).scheme) and re.fullmatch(r"[!#-;=?-Z\[\]_a-z~]*", value) is not None


def read(text):
    """JSON whose fractions are exact: a tenth divides 16.1."""
    return json.loads(text, parse_float=Decimal)


def validator(schema):
    return validator_for(schema)(schema, format_checker=_formats)


def published_schemas(folder):
    """By (action, request or response)."""
    found = {}
    for action in json.loads((folder / "manifest.json").read_text())["actions"]:
        for side in ("request", "response"):
            found[action, side] = read((folder / f"{action}{side.capitalize()}.json").read_text())
    return found


class PublishedSchemas:
    """Holds payloads against the schemas. Where those are not here everything passes, and a warning says so."""

    def __init__(self, folder=FOLDER):
        self._validators = {}
        if folder.exists():
            self._validators = {of: validator(schema) for of, schema in published_schemas(folder).items()}
        else:
            warnings.warn("what is on the wire was held against no schema: they live beside the repository", stacklevel=2)

    def assert_valid(self, action, side, payload):
        if self._validators:
            problems = self._validators[action, side].iter_errors(read(json.dumps(payload)))
            found = [f"{problem.json_path}: {problem.message}" for problem in problems]
            assert not found, f"{action} {side}: {found}\n{json.dumps(payload, indent=1)}"
