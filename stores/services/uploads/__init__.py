"""
Files that sellers bring in, from the first byte to the undo.

    received → read (perhaps the columns are asked for) → checked against the store → previewed → applied, undone

A person decides at two places: what the columns are when that is not sure, and whether what the preview shows is done.
Everything between is done by workers (`work.py`), each step claimed by its row and harmless to repeat.
"""
