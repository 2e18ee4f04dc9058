"""The market watch: choose what is due, look at many cards at once, record what moved."""
