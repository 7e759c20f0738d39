"""The data card: README.md in the order of Datasheets for Datasets, with the YAML that Hugging Face
reads, figures as JSON, and Croissant. Every figure is measured from the data set; what only a
person knows stands in card.toml. Imports: the rest of `export` but its formats, `report` and below;
mlcroissant in `croissant` and `fields` alone.
"""
