"""Carries out `radprep verify`: studies are checked in worker processes; nothing is written."""

from __future__ import annotations

from pathlib import Path

from radprep.report.stale import is_older
from radprep.run.tasks import Tasks, do_tasks
from radprep.upkeep.verify import Verification
from radprep.upkeep.verify_study import Finding, StudyReport


def run_verification(
    root: Path, workers: int, private: Path | None = None, *, quiet: bool = False
) -> Verification:
    """Check every study, then what stands across them. private: the private tree, where it does not
    stand beside. Raises InterruptedRunError where it was asked to stop."""
    verification = Verification.prepare(root, private)
    jobs = [(study_id,) for study_id in verification.study_ids]

    def take(report: StudyReport) -> int:
        """Keep what was found in a study."""
        verification.reports[report.study_id] = report
        return 1

    tasks = Tasks(
        verification.check.check,
        jobs,
        "verify",
        len(jobs),
        "studies checked",
        "Stopped as asked, before everything was checked: nothing can be said of this data set. "
        "Run the same command again.",
    )
    do_tasks(tasks, workers, take, quiet=quiet)
    verification.conclude()
    fingerprint = verification.info.get("fingerprint", "")
    if is_older(verification.data_set.report, fingerprint):
        verification.findings = sorted([*verification.findings, Finding("page_older")])
    return verification
