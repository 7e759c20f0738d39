"""What radprep reads as words: body parts, words of classes, CSV files, small files within bounds.
Imports: only `errors` and libraries, since both convert and the steps need it.
To add a body part or a language, add words to vocabulary.toml; a class, to classes.toml.
"""
