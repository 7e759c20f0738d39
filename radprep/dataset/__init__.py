"""A data set on disk: its names (`layout`), rows (`schema`), commits, tables and dataset.json.
Imports: only `errors`, `text`, `image` and libraries; every stage above reads and writes through
it. A new column is one line in `schema.Row` and one in `rules`. A new file of a data set gets its
name in `layout`.
"""
