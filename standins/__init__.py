"""Vendors that answer like the real ones, keep state, and can be broken on purpose. They import nothing of ours."""
