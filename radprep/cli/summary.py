"""The summary of a run: text for a person, JSON for a machine."""

from __future__ import annotations

import json
from collections.abc import Mapping

from radprep.run.runner import RunResult


def summary_json(result: RunResult) -> str:
    """One JSON object: what this run did, and the counts of the whole data set."""
    return json.dumps({"stage": result.info["stage"], "run": result.did, "studies_left": result.left, **result.extra,
                       "counts": result.counts, "fingerprint": result.info["fingerprint"]}, indent=2)


def summary_text(result: RunResult, where: str) -> str:
    """A few lines: every file accounted for, the reasons, and where to look."""
    counts, did = result.counts, result.did
    lines = [f"{result.info['stage']}: {counts['files']} files = {counts['kept']} kept + {counts['rejected']} rejected + "
             f"{counts['failed']} failed; {counts['images']} images of {counts['studies_kept']} studies, {counts['patients']} patients"]
    for title, found in (("rejected", counts["rejected_rows"]), ("failed", counts["failed_rows"]), ("review", counts["review"])):
        lines += [f"  {title:<10} {_listed(found)}"] if found else []
    labels = {name or "unlabelled": number for name, number in counts["labels"].items()}
    lines += [f"  {'labels':<10} {_listed(labels)} (images)"] if labels else []
    lines += ["  nothing was kept: the reasons stand above"] if not counts["kept"] else []
    if "labelled_studies" in result.extra:
        joined = {name.replace("_", " "): number for name, number in result.extra.items() if name != "files_found"}
        lines.append(f"  {'joined':<10} {_listed(joined)}")
    if counts["images_in_several_studies"]:
        lines.append(f"  {'repeated':<10} {counts['images_in_several_studies']} images stand in more than one study (same pixel_hash)")
    if did["done"] or did["relabelled"] or did["removed"]:
        lines.append(f"  {'this run':<10} {_listed({f'studies {name}': number for name, number in did.items() if number})}")
    else:
        lines.append(f"  {'this run':<10} nothing to do: all {did['unchanged']} studies are up to date")
    if result.left:
        lines.append(f"  {'left':<10} {result.left} studies, because of --limit; run again without it to do them")
    lines.append(f"  {'look at':<10} {where}/instances.parquet")
    return "\n".join(lines)


def _listed(found: Mapping[str, int]) -> str:
    """`name 12, other 3`, the largest first."""
    return ", ".join(f"{name} {number}" for name, number in sorted(found.items(), key=lambda item: (-item[1], item[0])))
