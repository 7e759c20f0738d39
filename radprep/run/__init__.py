"""How work is run: the engine, its workers, its progress. The only place that imports joblib."""
