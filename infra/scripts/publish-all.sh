#!/bin/sh
# Publishes every app to its function app.
#
# CROSSDOCK_APPS  the output of the deployment
set -eu
cd "$(dirname -- "$0")/../.."

echo "$CROSSDOCK_APPS" | jq -r '.[] | "\(.app) \(.functionApp)"' | while read -r app function_app; do
    cargo xtask publish "$app" --to "$function_app" </dev/null
done
