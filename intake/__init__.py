"""How a request gets in, and how people reach it afterwards: the same desk for the command line and for the web."""
