"""What radprep reads as words: the vocabulary of body parts, CSV files, small files within bounds.
Imports: only `errors` and libraries, since both convert and the steps need it.
To add a body part or a language, add words to vocabulary.toml; the tests of bodypart show how.
"""
