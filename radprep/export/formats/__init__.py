"""One module a format: each takes the films of a data set, as `export.work` hands them out, and
writes the layout that another library reads. Imports: the rest of `export` but its table, and
below.
"""
