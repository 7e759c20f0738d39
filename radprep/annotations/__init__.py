"""Reads files in which people have drawn boxes on films: one module a format, and a table of them.
Imports: `text` and below. Its input is untrusted: what is wrong with a file is a sentence, what is
wrong with one entry of it is counted, and neither costs more than its bound.
"""
