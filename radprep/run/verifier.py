"""Carries out `radprep verify`: studies are checked in worker processes; nothing is written."""

from __future__ import annotations

from pathlib import Path

from radprep.errors import InterruptedRunError
from radprep.run.engine import map_in_workers
from radprep.run.interrupt import Interrupt
from radprep.run.progress import Progress
from radprep.upkeep.verify import Verification


def run_verification(root: Path, workers: int, *, quiet: bool = False) -> Verification:
    """Check every study, then what stands across them. Raises InterruptedRunError where it was
    asked to stop."""
    verification = Verification.prepare(root)
    jobs = [(study_id,) for study_id in verification.study_ids]
    with Interrupt() as interrupt:
        with Progress("verify", len(jobs), "studies checked", quiet=quiet) as progress:
            for report in map_in_workers(verification.check.check, jobs, workers, interrupt):
                verification.reports[report.study_id] = report
                progress.step()
        if interrupt.asked:
            raise InterruptedRunError(
                "Stopped as asked, before everything was checked: nothing can be said of this data "
                "set. Run the same command again."
            )
    verification.conclude()
    return verification
