"""
A store's whole range as the marketplace wants it, from the rows to the pull.

mark    stale_offers   which products' lines are to be written anew
write   rows, kept (prices while all is stopped) -> write -> index (which line stands where, so that most are copied)
check   checker, which walks pairs (two lists side by side) and places (the order of one): each offer beside meant (its
        rows, read for this alone) in wrong, the list as a whole in unlike, which asks taken_off (what somebody took off
        sale); what is found is one of faults
serve   publish (build, check, swap in) -> files (on disk), access (who may fetch it) -> pulls (who did)
people  refused (a list that the checker refused, and a person lets go), versions (what is kept, and what differs)
"""
