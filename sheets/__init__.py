"""
Files of sellers, read into rows: price lists in XML, workbooks of Excel, tables in CSV.

    reading = read_file(Job(source="range.xlsx", target="range.rows"), Limits(), tell_progress)
    for batch in read_batches("range.rows"): ...

A file is hostile until it is read, so a process of its own reads it (`python -m sheets`), with limits on memory, time
and what it may write, and with nothing of the environment. It says what is in the file, row by row, and which row or
cell it will not guess about; what the rows mean for a store is none of its business. This package knows no framework.
"""

from sheets.child import read_file
from sheets.columns import FIELDS, PLACED, Columns, recognise
from sheets.errors import FileRefused
from sheets.jobs import Header, Job, Limits, Reading, Unsure
from sheets.kinds import Kind, kind_of
from sheets.rows import Batch, Line, Point, Problem, read_batches

__all__ = [
    "FIELDS",
    "PLACED",
    "Batch",
    "Columns",
    "FileRefused",
    "Header",
    "Job",
    "Kind",
    "Limits",
    "Line",
    "Point",
    "Problem",
    "Reading",
    "Unsure",
    "kind_of",
    "read_batches",
    "read_file",
    "recognise",
]
