"""
A store's orders: read from the marketplace, and moved along there.

read     readings (tray by tray), lookups (one by one, by number) -> take_in (our rows)
life     lifecycle (its stages, as a table), deadlines (what is due by when, as a table), working_time (pure)
         -> clocks (as rows, and told before they end)
act      wishes (what an action needs to be told) -> actions (planned, sent once, read back) -> send (the request),
         verdicts (what an order shows of it); bulk (many orders at once)
accept   acceptance/ (new orders that are accepted by rules)
parcels  waybills
people   buyers (their names, and when these are forgotten), finding (which orders a list shows)
"""
