"""A small Kaspi that moves: storefront, price-list puller, rivals and buyers, all from one seed.

It speaks HTTP and shares no code with the product it is used to try out.
"""
