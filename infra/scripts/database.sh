#!/bin/sh
# Principals, migrations and grants of the reporting store: the consolidator writes, the role reporting_reader reads. May
# run as often as you like; run it before a consolidator is published whose schema is newer.
#
# CROSSDOCK_REPORTING_HOST         host of the server
# CROSSDOCK_CONSOLIDATOR_IDENTITY  JSON with name and principalId of the consolidator's identity
# PGUSER                           who you are at the server: name of the administrator; else your name at az
# PGPASSWORD                       else a token of az
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

PGHOST=$CROSSDOCK_REPORTING_HOST
PGUSER=${PGUSER:-${CROSSDOCK_OPERATOR_NAME:-$(az account show --query user.name --output tsv)}}
PGPASSWORD=${PGPASSWORD:-$(az account get-access-token --resource-type oss-rdbms --query accessToken --output tsv)}
PGSSLMODE=${PGSSLMODE:-require}
export PGHOST PGUSER PGPASSWORD PGSSLMODE

name=$(printf '%s' "$CROSSDOCK_CONSOLIDATOR_IDENTITY" | jq -r .name)
object_id=$(printf '%s' "$CROSSDOCK_CONSOLIDATOR_IDENTITY" | jq -r .principalId)

run() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set consolidator="$name" --set object_id="$object_id" "$@"
}

database=${CROSSDOCK_DATABASE:-crossdock}

# The functions that make principals are in the database postgres alone.
run --dbname postgres --file "$here/principals.sql"
run --dbname "$database" --file "$here/grants.sql"

# As the administrator, so that the consolidator owns no table and can drop none. The name may hold an @.
user=$(printf '%s' "$PGUSER" | jq -sRr @uri)
REPORTING_URL="postgres://$user@$PGHOST:${PGPORT:-5432}/$database?sslmode=$PGSSLMODE&options=-c%20search_path%3Dreporting" \
    cargo run --quiet --package reporting --bin migrate-reports
run --dbname "$database" --file "$here/grants.sql"
echo "reporting store: $name writes, reporting_reader reads"
