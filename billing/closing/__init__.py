"""The end of the month: closes what is over, once, however often and by however many workers it is tried."""
