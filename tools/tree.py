"""The source tree as the checks see it: files, includes, rooms; and what a check has already found good.

A check that costs compiler time asks `Passed` first. Its key is the content of a file and of every project file that
it includes, so a second run, in this clone or in a fresh one, only looks at what differs.
"""

import hashlib
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "charge-point-gateway"
PASSED_DAYS_MAX = 30

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
ROOM = re.compile(r"^room\(\s*(\w+)([^)]*)\)", re.MULTILINE)


def files(*suffixes, folders=("src", "tests", "bench")):
    """Every file of the folders with one of the suffixes, in order."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")
             if path.suffix in suffixes and path.is_file() and "node_modules" not in path.parts]
    return sorted(found)


def name(path):
    return str(path.relative_to(ROOT))


@cache
def content(path):
    return path.read_bytes()


@cache
def includes(path):
    """(line number, '"' or '<', name) of every include of the file."""
    lines = content(path).decode("utf-8", "replace").splitlines()
    matches = ((number, INCLUDE.match(line)) for number, line in enumerate(lines, 1))
    return [(number, match[1], match[2]) for number, match in matches if match]


def resolve(path, included):
    """The project file behind an include, or None where it is a library's."""
    for folder in (path.parent, ROOT / "src", ROOT / "tests", ROOT / "bench"):
        if (folder / included).is_file():
            return (folder / included).resolve()
    return None


def closure(path):
    """The file and every project file that it includes, directly or not."""
    reached, waiting = set(), [path]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting += filter(None, (resolve(current, included) for _, _, included in includes(current)))
    return sorted(reached)


def rooms():
    """Room → the rooms that it may use, from the room(... USES ...) lines of CMakeLists.txt."""
    arrows = {}
    for room, rest in ROOM.findall((ROOT / "CMakeLists.txt").read_text()):
        words = rest.split("LINK")[0].split()
        arrows[room] = set(words[1:]) if words[:1] == ["USES"] else set()
    return arrows


def changed():
    """Files that differ from main's previous commit or are new, or None where no commit can tell."""
    def git(*arguments):
        return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    differing = git("diff", "--name-only", "HEAD~1")
    if differing.returncode != 0:
        return None
    untracked = git("ls-files", "--others", "--exclude-standard")
    return {ROOT / line for line in (differing.stdout + untracked.stdout).splitlines()}


class Passed:
    """Remembers under the cache folder what a check has found good."""

    def __init__(self, check, *salt):
        self.folder = CACHE / "check" / check
        self.folder.mkdir(parents=True, exist_ok=True)
        self.salt = "\0".join(str(part) for part in salt).encode()

    def key(self, path):
        hashed = hashlib.sha256(self.salt)
        for part in closure(path):
            hashed.update(name(part).encode() + b"\0" + content(part) + b"\0")
        return self.folder / hashed.hexdigest()

    def knows(self, path):
        try:
            os.utime(self.key(path))
            return True
        except FileNotFoundError:
            return False

    def add(self, path):
        self.key(path).touch()

    def forget_old(self):
        oldest = time.time() - PASSED_DAYS_MAX * 86400
        for stamp in self.folder.iterdir():
            if stamp.stat().st_mtime < oldest:
                stamp.unlink(missing_ok=True)


def compile_each(paths, passed, command):
    """Runs command(path) for each path not known as passed; returns (number run, outputs of those that failed)."""
    waiting = [path for path in paths if not passed.knows(path)]

    def run(path):
        done = subprocess.run(command(path), capture_output=True, text=True, cwd=ROOT)
        if done.returncode == 0:
            passed.add(path)
            return None
        return f"{name(path)}:\n{done.stdout}{done.stderr}".strip()

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [output for output in pool.map(run, waiting) if output]
    passed.forget_old()
    return len(waiting), failures


def report(problems, good):
    """Prints the problems or the one good line; the exit code of a check."""
    print("\n".join(problems) if problems else good)
    if problems:
        print(f"{len(problems)} problem(s)", file=sys.stderr)
    return 1 if problems else 0
