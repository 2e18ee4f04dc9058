"""
The market watch: choose what is due, look at many cards at once, record what moved.

choose   watch (which markets, and who looks at which now), positions (what each is worth), next_look (when again),
         cards_without_offers (cards that show nothing)
look     pace (one for all workers), egress (through which address) -> look -> record (the picture, and what moved)
listings listings (many cards in a few pages) -> detect (what differs is due), trust (whether they are believed)
learn    policy/ (arithmetic, pure), rhythms (when price lists are pulled), tempo, retune (all of it, put to use)
rivals   rivals (who is who to a store), behaviour (what each is like, pure)
past     daily_history (what is kept), history (as a chart), coverage (how old the picture is)
"""
