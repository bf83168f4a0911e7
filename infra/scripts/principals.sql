-- Who may sign in. On Azure a principal stands for an identity of the directory; elsewhere, for tests, a plain role does.
-- Variables of psql: consolidator (name), object_id.

SELECT count(*) = 0 AS is_new FROM pg_roles WHERE rolname = :'consolidator' \gset
SELECT count(*) > 0 AS is_azure FROM pg_proc WHERE proname = 'pgaadauth_create_principal_with_oid' \gset

\if :is_new
    \if :is_azure
        SELECT pgaadauth_create_principal_with_oid(:'consolidator', :'object_id', 'service', false, false);
    \else
        SELECT format('CREATE ROLE %I LOGIN', :'consolidator') \gexec
    \endif
\endif

-- People and tools that read reports are granted this role: GRANT reporting_reader TO "somebody".
SELECT 'CREATE ROLE reporting_reader NOLOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reporting_reader') \gexec
