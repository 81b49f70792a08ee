"""The tables of OCPP 1.6 against the published schemas beside the checkout: the same verdict, and the same place and code of a
fault, for the frames of the corpus and for mutations of every message."""

import copy
import json
import re
import subprocess
from decimal import Decimal

import pytest
from harness.gateway import BUILD
from harness.ocpp_schemas import is_time, published_schemas, read, validator

CODES = {
    "required": "OccurenceConstraintViolation",
    "minItems": "OccurenceConstraintViolation",
    "type": "TypeConstraintViolation",
    "maxLength": "PropertyConstraintViolation",
    "enum": "PropertyConstraintViolation",
    "format": "PropertyConstraintViolation",
    "multipleOf": "PropertyConstraintViolation",
    "additionalProperties": "FormationViolation",
}

EXACT_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def written(value):
    return json.dumps(value, default=float, ensure_ascii=False)


@pytest.fixture(scope="module")
def schemas(shared):
    return published_schemas(shared("ocpp/schemas/1.6"))


def faults(schema, payload):
    """All (code, JSON pointer) that the schema finds."""
    found = set()
    for error in validator(schema).iter_errors(payload):
        path = "".join(f"/{step}" for step in error.absolute_path)
        names = [""]
        if error.validator == "required":
            names = [f"/{name}" for name in error.validator_value if name not in error.instance]
        elif error.validator == "additionalProperties":
            names = [f"/{name}" for name in error.instance if name not in error.schema.get("properties", {})]
        found |= {(CODES[error.validator], path + name) for name in names}
    return found


def verdicts(questions):
    """The tables' answers, by schema and where it is we who send: None, or (code, path); for each (action, side, payload)."""
    lines = "".join(f"{action} {side} {payload}\n" for action, side, payload in questions)
    done = subprocess.run([BUILD / "table-verdicts"], input=lines, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(questions)

    def one(text):
        return None if text == "ok" else tuple(text.split(" ", 1))

    return [tuple(one(text) for text in answer.split("\t")) for answer in answers]


# Mutations.


def resolved(schema, root):
    return root["definitions"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def example(schema, root):
    """A value with everything that the schema knows."""
    schema = resolved(schema, root)
    if "enum" in schema:
        return schema["enum"][0]
    if "format" in schema:
        return {"date-time": "2026-11-20T10:00:00Z", "uri": "ftp://user:word@host:21/path?q=%20#f"}[schema["format"]]
    match schema["type"]:
        case "string":
            return "ä" * schema.get("maxLength", 3)
        case "integer":
            return 7
        case "number":
            return Decimal("16.1")
        case "boolean":
            return False
        case "array":
            return [example(schema["items"], root), example(schema["items"], root)]
        case "object":
            return {name: example(of, root) for name, of in schema.get("properties", {}).items()}


ODD = [None, True, 7, -1, Decimal("1.5"), "", "7", "Odd", "x" * 30000, [], [7], ["x"], [{}], {}, {"x": 1}]
ODD_TIMES = [
    "2026-11-20T10:00:00",
    "2026-11-20",
    "2026-02-30T10:00:00Z",
    "2026-11-20T24:00:00Z",
    "2026-11-20T10:00:00.123456789+05:30",
    "2026-11-20 10:00:00Z",
    "2026-11-20T10:00:00+03",
    "2026-11-20T10:00:00-0330",
    "2026-11-20T10:00:00+3",
    "20.11.2026 10:00",
]
ODD_URIS = ["host/path", "http//host", "ftp://host/a b", "1tp://host", "http://host/ä", "ftps://[::1]/"]
NUMBERS = [0, -7, Decimal("0.1"), Decimal("0.15"), Decimal("100000.3"), Decimal("-2.55"), "1.5"]


def changed(value, path, new=None, drop=False):
    value = copy.deepcopy(value)
    place = value
    for step in path[:-1]:
        place = place[step]
    if drop:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    return value


def places(value, path=()):
    if path:
        yield path, value
    if isinstance(value, dict):
        for name, member in value.items():
            yield from places(member, (*path, name))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from places(element, (*path, index))


def mutations(schema):
    whole = example(schema, schema)
    yield whole
    yield {}
    yield {**whole, "more": 1}
    for path, value in places(whole):
        yield changed(whole, path, drop=True)
        for odd in [*ODD, *ODD_TIMES, *ODD_URIS, *NUMBERS]:
            yield changed(whole, path, odd)
        if isinstance(value, str):
            yield changed(whole, path, value + "x")
            yield changed(whole, path, value.swapcase())
        if isinstance(value, dict):
            yield changed(whole, (*path, "more"), None)


def test_every_mutation_of_every_message_has_the_schema_s_verdict(schemas):
    questions = []
    due = []
    for (action, side), schema in schemas.items():
        for payload in mutations(schema):
            questions.append((action, side, written(payload)))
            due.append(faults(schema, payload))
    assert len(schemas) == 78 and len(questions) > 10000
    for question, wanted, (by_schema, as_sent) in zip(questions, due, verdicts(questions), strict=True):
        assert by_schema in (wanted or {None}), (question, wanted)
        assert as_sent is not None or by_schema is None, question  # what we send is never less than the schema


def test_what_is_sent_is_exact_where_the_schema_leaves_it_open(schemas):
    questions = [("ReserveNow", "request", written(example(schemas["ReserveNow", "request"], {}) | {"expiryDate": time}))
                 for time in ODD_TIMES]
    for (_, _, payload), (_, as_sent) in zip(questions, verdicts(questions), strict=True):
        time = json.loads(payload)["expiryDate"]
        exact = is_time(time) and EXACT_TIME.fullmatch(time)
        assert as_sent == (None if exact else ("PropertyConstraintViolation", "/expiryDate")), payload
    unlock = [("UnlockConnector", "request", '{"connectorId":1.0}')]
    assert verdicts(unlock) == [(None, ("PropertyConstraintViolation", "/connectorId"))]


def test_every_frame_of_the_corpus_has_the_schema_s_verdict(schemas, shared):
    questions = []
    due = []
    for line in shared("ocpp/corpus/1.6.jsonl").read_text().splitlines():
        entry = json.loads(line)
        side = {"CALL": "request", "CALLRESULT": "response"}.get(entry["frame"])
        if (entry["action"], side) not in schemas:
            continue
        payload = read(entry["raw"])[3 if side == "request" else 2 :]
        if len(payload) == 1 and isinstance(payload[0], dict):
            payload = payload[0]
            if "big-integer" in entry.get("features", []) and not entry["valid"]:
                continue  # beyond 64 bit: refused before its table is asked
            questions.append((entry["action"], side, written(payload)))
            due.append((faults(schemas[entry["action"], side], payload), entry["valid"]))
    assert len(questions) > 180
    for question, (wanted, valid), (by_schema, _) in zip(questions, due, verdicts(questions), strict=True):
        assert by_schema in (wanted or {None}), (question, wanted)
        assert valid is not True or by_schema is None, question
