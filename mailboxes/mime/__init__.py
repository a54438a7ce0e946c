"""Reading MIME as it really arrives: RFC 5322, 2045 to 2047, 2231 and 3676, in linear time and without exceptions."""
