"""Personal data, encrypted under a key of its owner and destroyed with it. Knows the rules package only."""
