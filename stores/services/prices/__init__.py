"""
Our prices, in the order in which one travels: decided, sent through the one gateway, published, pulled, seen.

decide   automated, plans, rules (what the seller wants), situation, sales, worth, ladders, by_hand -> decide
guard    gate (the conditions, pure) <- locked_prices (what it is asked about) <- gateway (the only door)
wait     budget, queue, turns (what rules want) | waiting_prices (what people want) | proposals (a person is asked)
         | kept_back (holds that ended)
people   pricing_edit, corridor, confirm, answers | restore, targets, undo | switches
stop     breakers, tripwires
list     price_list/ -> seen (on the storefront)
money    profit, margins, economics, fee_rows
tell     explain/ (why this price), market_now (what the engine sees), replay/ (what it would have done)
"""
