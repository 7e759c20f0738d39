"""A data set in the layout of another library: one module a format in `formats`, and the table of
them here. Imports: `train.data`, `report.facts`, `dataset` and below; the only room that imports
the libraries of the extra `export`.
"""
