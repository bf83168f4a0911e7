#!/bin/sh
# Prints the outputs of a deployment as shell assignments: eval "$(infra/scripts/outputs.sh crossdock-prod)"
set -eu

az deployment sub show --name "$1" --query properties.outputs --output json |
    jq -r 'to_entries[] | (.value.value | if type == "string" then . else tojson end) as $value
        | "export \(.key | ascii_upcase)=\($value | @sh)"'
