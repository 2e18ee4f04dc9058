"""Any strategy over the recorded market of a store: what it would have done. Nothing here moves a price."""
