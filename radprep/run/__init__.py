"""How work is run: the engine, its workers, its progress. The only place that imports joblib."""

STUDY_TIMEOUT_S = 3600.0
"""Seconds that a worker may take over one study, if nobody says otherwise."""
