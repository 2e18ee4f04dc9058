"""
How many pieces there are: counted by people and files, moved by orders, doubted when the two disagree.

`counts` says what was counted and what is doubtful, `following` lets orders move it, `rules` holds what a store wants.
"""
