"""The care of a finished data set: verify and repair, forget a patient, locate a source, inspect.
Imports: both stages and below. Nothing here runs workers; radprep/run does that with its functions.
A new duty is one module with a `prepare` that checks and a function that does, and a command.
"""
