"""HTTP in: pages for people, the signed webhook, downloads, the engine's codec. It decides nothing."""
