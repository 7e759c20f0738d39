"""The Python API: what `radprep.open`, `radprep.convert` and their like do, for the command line,
scripts and notebooks. `import radprep` shows all of it; no module of it imports a library before
it is called. It may import every room but cli.
"""
