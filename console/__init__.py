"""The command line, one module a topic. Each has `add`, which registers its commands; starter.py calls them all."""
