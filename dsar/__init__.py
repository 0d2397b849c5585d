"""What law and policy say: requests, identity, clocks, proof, plans, outcomes. Pure: no I/O, no clock, no framework."""
