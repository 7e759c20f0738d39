"""How much of what identifies leaves, on studies of invented patients with identifiers planted in
every place that a file has.

    make bench-deid                         # 60 studies; a table, and exit code 1 under 100 %
    python benchmarks/deid.py --studies 200 --seed 7 --out FOLDER --misses

In the manner of MIDI-B (Rutherford et al. 2025): an answer key says for each planted thing what
must become of it, and each category has its share of right answers. The films go through convert,
preprocess and report, and everything that these write and say is searched. Another seed makes
other films: nothing in radprep was chosen on one of them.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "data_samples"))
from planted import key
from planted.dump import make_dump
from planted.key import Answer
from planted.score import Result, Scorer

import radprep


def main() -> None:
    """Print the table; exit with 1 where an answer about headers is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--studies", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="keep the dump, the key and the data sets here")
    parser.add_argument(
        "--burned-in", default="redact", help="what convert does about text in the pixels"
    )
    parser.add_argument("--misses", action="store_true", help="list the places of wrong answers")
    chosen = parser.parse_args()
    with contextlib.ExitStack() as stack:
        out = chosen.out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        results, wrong = run(out, chosen.studies, chosen.seed, chosen.burned_in)
    print(table(results))
    if chosen.misses:
        places = Counter((one.category, one.place) for one in wrong)
        for (category, place), count in sorted(places.items()):
            print(f"{count:6}  {category}: {place}")
    sys.exit(any(one.right < one.expected for one in results if one.category in key.HEADERS))


def run(
    out: Path, studies: int, seed: int, burned_in: str = "redact"
) -> tuple[list[Result], list[Answer]]:
    """Make the films, take them through radprep, and score what leaves. Returns the results and the
    wrong answers."""
    shutil.rmtree(out, ignore_errors=True)
    dump = make_dump(out / "dump", studies, seed)
    raw, clean = out / "raw", out / "clean"
    key_file = out / "key"
    key_file.touch(mode=0o600)
    # The same films get the same pseudonyms, and no run differs by chance.
    key_file.write_text(hashlib.sha256(f"benchmark {seed}".encode()).hexdigest() + "\n")
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        found = radprep.convert(
            dump.folder / "dicom",
            raw,
            labels=dump.folder / "labels.csv",
            window="full",
            key=key_file,
            quiet=False,
            burned_in=burned_in,
        )
        print(found)
        print(radprep.preprocess(raw, clean, pipeline="wrist", quiet=False))
        print(radprep.report(clean, source=raw, single_file=True, quiet=False))
    scorer = Scorer(dump.folder, dump.answers, raw, [clean], said.getvalue())
    wrong = scorer.wrong()
    return scorer.results(wrong), wrong


def table(results: Sequence[Result]) -> str:
    """The results as Markdown, with 95 % intervals and sums."""
    sums = [
        _sum(title, [one for one in results if one.category in categories])
        for title, categories in (("**headers**", key.HEADERS), ("**pixels**", key.PIXELS))
    ]
    lines = ["| what must be so | expected | right | % | 95 % |", "|---|---|---|---|---|"]
    for one in (*results, *sums):
        low, high = one.interval
        lines.append(
            f"| {one.category} | {one.expected:,} | {one.right:,} | "
            f"{100 * one.right / one.expected:.2f} | {100 * low:.2f} to {100 * high:.2f} |"
        )
    return "\n".join(lines)


def _sum(title: str, results: Sequence[Result]) -> Result:
    return Result(title, sum(one.expected for one in results), sum(one.right for one in results))


if __name__ == "__main__":
    main()
