"""One file per system of record. A connector knows its vendor, and nothing of ledger, vault or Temporal."""
