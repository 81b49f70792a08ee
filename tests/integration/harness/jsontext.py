"""Pieces of JSON as text, byte for byte: a parsed and printed value would hide what the gateway changed."""

import json

_decoder = json.JSONDecoder()
_BLANKS = " \t\r\n"


def raw(text, *path):
    """The text of the value at `path` (member names and list positions) inside the JSON text."""
    for step in path:
        text = _child(text, step)
    return text


def _child(text, step):
    at = _skip(text, 0) + 1
    position = 0
    while text[at := _skip(text, at)] not in "]}":
        name = position
        if isinstance(step, str):
            name, at = _decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        _, end = _decoder.raw_decode(text, at)
        if name == step:
            return text[at:end]
        at = _skip(text, end)
        at += text[at] == ","
        position += 1
    raise KeyError(step)


def _skip(text, at):
    while text[at] in _BLANKS:
        at += 1
    return at
