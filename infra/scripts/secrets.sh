#!/bin/sh
# Fills the vaults with what is missing: makes the secrets that are ours to make, names those that others give us. Never
# changes a secret that is there; infra/README.md says how to rotate one.
#
# CROSSDOCK_APPS  the output of the deployment
# NAME_OF_SECRET  value of a secret that others give us, such as TELEMATICS_SAMSARA_TOKEN
set -eu

# Ours to make: keys that letters are sealed with, and secrets that senders get from us.
make_secret() {
    case $1 in
        FEED__sealKeys) openssl rand -base64 32 ;;
        TRANSPORT_WEBHOOK_SECRETS) printf 'whsec_%s' "$(openssl rand -base64 32)" ;;
        VISIBILITY_BEARER_KEYS) openssl rand -hex 32 ;;
        *) return 1 ;;
    esac
}

# `FEED__sealKeys` is the secret `feed-sealkeys`, as in infra/modules/functionApp.bicep.
secret_name() {
    printf '%s' "$1" | sed -e 's/__/-/g' -e 's/_/-/g' | tr '[:upper:]' '[:lower:]'
}

fill() {
    vault=$1 variable=$2 is_required=$3
    name=$(secret_name "$variable")
    if az keyvault secret show --vault-name "$vault" --name "$name" --query id --output tsv >/dev/null 2>&1; then
        return
    fi
    # A key to seal with is never shared between apps, so never taken from outside.
    case $variable in
        FEED__sealKeys) value=$(make_secret "$variable") ;;
        *) value=$(printenv "$variable" || make_secret "$variable" || true) ;;
    esac
    if [ -n "$value" ]; then
        # Through a file, since arguments can be seen by others on the machine.
        (umask 077 && printf '%s' "$value" >"$scratch")
        az keyvault secret set --vault-name "$vault" --name "$name" --file "$scratch" --encoding utf-8 --output none
        rm -f "$scratch"
        echo "$vault/$name: stored"
    elif [ "$is_required" = true ]; then
        echo "$vault/$name: MISSING; set $variable and run this again" >&2
    else
        echo "$vault/$name: not there; optional"
    fi
}

scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT

echo "$CROSSDOCK_APPS" | jq -r '.[] | select(.vault != "") | .vault as $vault
    | (.secrets[] | "\($vault) \(.) true"), (.optionalSecrets[] | "\($vault) \(.) false")' |
    while read -r vault variable is_required; do
        fill "$vault" "$variable" "$is_required" </dev/null
    done
