"""A whole company on one machine: engine, stand-ins for its vendors, a real S3 server, a mail server, worker, web."""
