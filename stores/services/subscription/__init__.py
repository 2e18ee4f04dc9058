"""What a store owner's subscription means for the stores: how much there is room for, and what rests when it ends."""
