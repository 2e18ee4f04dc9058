"""
Worlds in which it is known when what changed, to measure how well a way of looking sees it.

`worlds` makes them, `watching` lets ours and a plain round robin look at them, `measures` says how old and how wrong
their pictures were. For measuring the policy only: nothing of the product needs it.
"""
