-- Run once, by PostgreSQL's image, when its volume is empty: a database and an owner for the engine, and for the ledger.
-- \getenv reads the container's environment; the passwords stand nowhere else.

\set ON_ERROR_STOP on
\getenv temporal_password TEMPORAL_DB_PASSWORD
\getenv ledger_password LEDGER_DB_PASSWORD

CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE habeas LOGIN PASSWORD :'ledger_password';

CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE habeas OWNER habeas;

-- Neither owner reaches the other's databases.
REVOKE CONNECT ON DATABASE temporal, temporal_visibility, habeas FROM PUBLIC;
