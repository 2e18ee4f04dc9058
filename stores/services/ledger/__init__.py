"""What the orders earned: accounts of orders, goods that come back, statistics, and the shop's quality."""
