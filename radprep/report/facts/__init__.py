"""What the page says, as facts: counts, marks, look-alikes, confounders, how it was made.
Imports: `dataset`, `steps` and below, and each other without a circle; no plot, no HTML.
A new fact is one module with a function of `material.Material`, shown by a section.
"""
