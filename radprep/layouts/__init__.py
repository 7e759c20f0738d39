"""How folders of pictures are laid out: what the names of folders and files, or a table, tell of
each picture. A module a layout, and `layout.py` with the table of them. Nothing here opens a
picture. Imports: `text` and `dataset`. Names and tables are untrusted: a path in a table only ever
names a file that the scan has found.
"""
