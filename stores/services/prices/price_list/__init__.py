"""
A store's whole range as the marketplace wants it, from the rows to the pull.

mark    stale_offers   which products' lines are to be written anew
write   rows, kept (prices while all is stopped) -> write -> index (which line stands where, so that most are copied)
check   checker, asking taken_off (what somebody took off sale) and pairs (two lists side by side)
serve   publish (build, check, swap in) -> files (on disk), access (who may fetch it) -> pulls (who did)
people  refused (a list that the checker refused, and a person lets go), versions (what is kept, and what differs)
"""
