"""Access to the product: what a person has, what he pays for it, and the ledger that both follow from."""
