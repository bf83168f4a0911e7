#!/bin/sh
# What Bicep cannot do, after it has run: principals and grants of the reporting store, first secrets, the way in which
# apps are updated. May run as often as you like.
#
# Reads the outputs of the deployment from the environment, as azd sets them: AZURE_RESOURCE_GROUP, CROSSDOCK_APPS,
# CROSSDOCK_REPORTING_HOST, CROSSDOCK_CONSOLIDATOR_IDENTITY. `infra/scripts/outputs.sh NAME` prints them for `eval`.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

"$here/database.sh"
"$here/secrets.sh"

# Old and new instances side by side while an app is updated. Not in Bicep: the API version whose types we check does not
# have the property yet. An Azure CLI that does not know it either leaves `Recreate`, which loses nothing but seconds.
echo "$CROSSDOCK_APPS" | jq -r '.[].functionApp' | while read -r app; do
    if az functionapp update-strategy config set --name "$app" --resource-group "$AZURE_RESOURCE_GROUP" \
        --type RollingUpdate --output none </dev/null; then
        echo "$app: RollingUpdate"
    else
        echo "$app: stays with Recreate" >&2
    fi
done
