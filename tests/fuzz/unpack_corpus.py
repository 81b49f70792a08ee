#!/usr/bin/env python3
"""Makes inputs for the fuzz targets of the corpus of OCPP frames beside the checkout: unpack_corpus.py FOLDER.

FOLDER gets a folder for each target that the corpus serves. Without the corpus nothing is made, and a line says so.
"""

import hashlib
import json
import pathlib
import sys

CORPUS = pathlib.Path(__file__).resolve().parents[3] / "shared" / "ocpp" / "corpus"
MASK = bytes((0x37, 0xFA, 0x21, 0x3D))
STEP_END = "\x1e"
FRAMES_OF_A_SESSION = 6


def masked_frame(text):
    payload = text.encode()
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x81" + length + MASK + bytes(byte ^ MASK[i % 4] for i, byte in enumerate(payload))


def call_of(line):
    """Action and payload, where the frame is a CALL with both."""
    try:
        frame = json.loads(line["raw"])
    except ValueError:
        return None
    if isinstance(frame, list) and len(frame) == 4 and isinstance(frame[2], str):
        return frame[2], json.dumps(frame[3], ensure_ascii=False)
    return None


def command_of(action, payload):
    ids = '"commandId":"c-1","chargePointId":"CP-001"'
    return f'\n{{{ids},"commandName":{json.dumps(action)},"payload":{payload},"timeoutSeconds":30,"ifOffline":"wait"}}'


def inputs(lines):
    """Pairs of a target's name and an input."""
    frames = [line["raw"] for line in lines]
    for line in lines:
        yield "codec", masked_frame(line["raw"])
        yield "envelope", line["raw"]
        if call := call_of(line):
            yield "field_tables", "\n".join(call)
            yield "text", call[1]
            yield "command", command_of(*call)
    for i in range(0, len(frames), FRAMES_OF_A_SESSION):
        steps = [step for frame in frames[i:i + FRAMES_OF_A_SESSION] for step in (frame, "!l")]
        yield "session", STEP_END.join(["!a", *steps])


def main(folder):
    files = sorted(CORPUS.glob("*.jsonl"))
    if not files:
        print(f"no corpus beside the checkout ({CORPUS.relative_to(CORPUS.parents[2])}): only the committed seeds are used")
        return
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    for target, given in inputs(lines):
        content = given if isinstance(given, bytes) else given.encode()
        path = folder / target / hashlib.sha1(content).hexdigest()[:12]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
