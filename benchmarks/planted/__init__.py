"""Studies of invented patients with identifiers planted in every place that a file has, an answer
key that says what must become of each, and the scorer that holds a data set against the key.

people.py invents, films.py makes files and dump.py folders of them, key.py holds the answers,
leaving.py reads all that leaves, score.py compares. `benchmarks/deid.py` runs them.
"""
