"""
New orders that are accepted without a person, by the store's rules.

`rules` holds what the store wants, `judge` says why an order is not accepted, `accepting` decides and plans, `preview`
tells what the rules would have done to the orders of the last weeks. Off until somebody switches it on.
"""
