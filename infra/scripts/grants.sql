-- What they may do: the consolidator writes rows, readers read them; tables are made by whoever runs this, the
-- administrator, who runs the migrations too. Variable of psql: consolidator (name).

REVOKE ALL ON SCHEMA public FROM PUBLIC;
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I, reporting_reader', current_database(), :'consolidator') \gexec

CREATE SCHEMA IF NOT EXISTS reporting;
GRANT USAGE ON SCHEMA reporting TO :"consolidator", reporting_reader;

-- What is there, and what the next migration makes.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA reporting TO :"consolidator";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA reporting TO :"consolidator";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA reporting TO :"consolidator", reporting_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO reporting_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA reporting GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"consolidator";
ALTER DEFAULT PRIVILEGES IN SCHEMA reporting GRANT USAGE, SELECT ON SEQUENCES TO :"consolidator";
ALTER DEFAULT PRIVILEGES IN SCHEMA reporting GRANT SELECT ON TABLES TO reporting_reader;

-- Where the report is made anew: nobody reads there, and what lies there may be emptied.
CREATE SCHEMA IF NOT EXISTS reporting_rebuild;
GRANT USAGE ON SCHEMA reporting_rebuild TO :"consolidator";
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA reporting_rebuild TO :"consolidator";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA reporting_rebuild TO :"consolidator";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA reporting_rebuild TO :"consolidator";
ALTER DEFAULT PRIVILEGES IN SCHEMA reporting_rebuild GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO :"consolidator";
ALTER DEFAULT PRIVILEGES IN SCHEMA reporting_rebuild GRANT USAGE, SELECT ON SEQUENCES TO :"consolidator";
