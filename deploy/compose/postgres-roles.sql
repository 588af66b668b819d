-- Runs once, when the database is made. The owner changes the schema; servers cannot, and can only add to the audit log.
\set owner_password `cat /run/secrets/owner-password`
\set app_password `cat /run/secrets/app-password`
CREATE ROLE countersign_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE countersign_app LOGIN PASSWORD :'app_password';
CREATE DATABASE countersign OWNER countersign_owner;
