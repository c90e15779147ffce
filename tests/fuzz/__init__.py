"""Coverage-guided fuzzing of every byte that is read before its sender has proved who it is.

`python -m tests.fuzz` runs the harnesses with atheris, `test_corpus.py` replays what they found.
"""
