"""The page of a data set: what was done to every film and why, from data sets alone, never from a
private tree. It may import every room but upkeep's commands, run, train and cli.
To add a section, write its module and its template in sections/: add-a-report-section.md in docs.
"""
