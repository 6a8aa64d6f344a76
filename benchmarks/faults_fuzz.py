"""Feeds all of our own parsing with inputs of a fuzzer: ``python -m benchmarks.faults_fuzz --seconds 3600``.

Answers of services, description files, consents, documents, names, learner states, pages of projects,
headers of photos: see :mod:`tests.faults.parsers`. With Atheris (libFuzzer for Python; Linux), which keeps inputs that
reach new lines in ``build/fuzz`` and goes on from there the next time; without, with inputs at random from seeds.
An input that raises, hangs for ten seconds or takes two gigabytes is kept in ``build/fuzz/found``. Each target runs in
a process of its own. Prints a table.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.table import markdown

REPOSITORY = Path(__file__).resolve().parent.parent
KEPT = REPOSITORY / "build" / "fuzz"
_HANG, _MEGABYTES = 10, 2048


@dataclass(frozen=True)
class Fuzzed:
    """What came of one target.

    Attributes:
        name: of the target.
        inputs: how many it was fed with.
        seconds: how long.
        found: what was wrong, in short; "" if nothing was.
        output: the last of what the process said.
    """

    name: str
    inputs: int
    seconds: float
    found: str
    output: str


def fuzz(name: str, seconds: float, seed: int) -> Fuzzed:
    """Feed one target for so long, in a process of its own."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        home = dict.fromkeys(
            ("HOME", "SPA_DESKTOP_CONFIG_DIR", "SPA_DESKTOP_CACHE_DIR", "SPA_DESKTOP_DATA_DIR"), folder
        )
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "benchmarks.faults_fuzz",
                "--target",
                name,
                "--seconds",
                str(seconds),
                "--seed",
                str(seed),
            ],
            cwd=REPOSITORY,
            env={**os.environ, **home, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    output = ran.stdout + ran.stderr
    counts = re.findall(r"(?:Done|stat::number_of_executed_units:|#)\s?(\d+)", output)
    lines = [line for line in output.splitlines() if "ERROR: " in line or "Error" in line]
    found = "" if ran.returncode == 0 else (lines[-1] if lines else f"exit status {ran.returncode}")[:200]
    return Fuzzed(name, max(map(int, counts), default=0), time.monotonic() - began, found, output[-4000:])


def fuzz_all(seconds: float, seed: int = 0) -> list[Fuzzed]:
    """Feed every target for its share of the time."""
    from tests.faults.parsers import TARGETS

    return [fuzz(name, seconds / len(TARGETS), seed) for name in TARGETS]


def has_atheris() -> bool:
    """Whether the fuzzer that learns is installed."""
    return importlib.util.find_spec("atheris") is not None


def _feed(name: str, seconds: int, seed: int) -> None:
    """In the process of one target."""
    folder, found = KEPT / name.replace(" ", "-"), KEPT / "found" / name.replace(" ", "-")
    for needed in (folder, found):
        needed.mkdir(parents=True, exist_ok=True)
    if has_atheris():
        import atheris

        from tests.faults.parsers import TARGETS

        target = TARGETS[name]
        with atheris.instrument_imports(include=list(target.modules)):
            seeds = target.seeds()
            for one in (*seeds, b""):
                target.feed(one)
        for number, content in enumerate(seeds):
            (folder / f"seed-{number}").write_bytes(content)
        options = [
            f"-max_total_time={seconds}",
            f"-timeout={_HANG}",
            f"-rss_limit_mb={_MEGABYTES}",
            f"-seed={seed + 1}",
        ]
        options += [f"-artifact_prefix={found}/", "-print_final_stats=1", f"-max_len={4 * max(map(len, seeds))}"]
        atheris.Setup([sys.argv[0], *options, str(folder)], target.feed)
        atheris.Fuzz()
        return
    from tests.faults.parsers import TARGETS, mutations

    target, end, count = TARGETS[name], time.monotonic() + seconds, 0
    seeds = target.seeds()
    while time.monotonic() < end:
        for content in mutations(seeds, 200, seed + count):
            began = time.process_time()
            try:
                target.feed(content)
                assert time.process_time() - began < _HANG, "it hung"
            except BaseException:
                (found / f"{seed}-{count}").write_bytes(content)
                raise
            count += 1
    print(f"Done {count}")


def main() -> None:
    """Feed, and say how it went; exit 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3600, help="of all targets together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.target:
        _feed(arguments.target, max(1, int(arguments.seconds)), arguments.seed)
        return
    done = fuzz_all(arguments.seconds, arguments.seed)
    print("Atheris" if has_atheris() else "inputs at random, as Atheris is not installed")
    print(
        markdown(
            ("parser", "inputs", "s", "found"),
            [(d.name, f"{d.inputs:,}", f"{d.seconds:.0f}", d.found or "nothing") for d in done],
        )
    )
    for one in done:
        if one.found:
            print(f"\n{one.name}\n{one.output}", file=sys.stderr)
    if any(one.found for one in done):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
