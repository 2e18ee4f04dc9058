"""Ways to pay. Each says what the payer does next; the online ones also understand what their service tells us."""
