"""Fixes: from what a rule asks to have repaired to minimal edits of the text, and from edits to files.

`plan` makes edits of repairs, `guards` judges what they would do to a file, `rounds` applies them until nothing is left
to do, `store` writes files, `patch` shows edits as a patch. Beside `prodlint.extract` the only importer of libcst.
"""
