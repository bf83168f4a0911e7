#!/bin/sh
# Says which of the programs that a deployment needs are missing.
set -eu

missing=''
for program in az cargo jq openssl psql curl; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
if [ -n "$missing" ]; then
    echo "missing:$missing; infra/README.md says where they come from" >&2
    exit 1
fi
