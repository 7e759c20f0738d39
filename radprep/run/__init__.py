"""How work is run: workers, second tries, being asked to stop, progress, SLURM, Dask.
Imports: every stage, `upkeep`, `report` and below; the only room that imports joblib.
Work functions do not know that they are run here. A new kind of crew offers what `crew.Crew` does.
"""

STUDY_TIMEOUT_S = 3600.0
"""Seconds that a worker may take over one study, if nobody says otherwise."""

MAX_FAILED = 0.1
"""Share of the files that may fail before a run counts as failed, if nobody says otherwise."""
