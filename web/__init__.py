"""HTTP in: the signed webhook, what a person follows and downloads, the engine's codec. It decides nothing."""
