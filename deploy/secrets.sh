#!/usr/bin/env bash
# Makes deploy/secrets/ for compose.yaml: random values, one file each. Run it as often as you like:
# a value that is there already is left alone. Give another folder as the argument if you want.
#
# The folder is open to its owner alone (0700). The files in it can be read by any user (0444),
# because Compose mounts them as they are and no container runs as you or as root.
set -euo pipefail
umask 077
folder=${1:-$(dirname "${BASH_SOURCE[0]}")/secrets}
readonly folder
mkdir -p "$folder"
chmod 0700 "$folder"

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# keep NAME VALUE: write the file whole, unless it is there.
keep() {
    [ -e "$folder/$1" ] && return
    printf '%s' "$2" >"$folder/.$1"
    chmod 0444 "$folder/.$1"
    mv "$folder/.$1" "$folder/$1"
    printf 'made %s\n' "$folder/$1"
}

# store USER: the address of the database with that user's password.
store() { keep "store_$1" "clickhouse://$1:$(random)@clickhouse:9000/community"; }

# password_of USER: read back from the store's address.
password_of() { sed -e 's|.*://[^:]*:||' -e 's|@.*||' "$folder/store_$1"; }

sha256() { printf '%s' "$1" | sha256sum | cut -d ' ' -f 1; }

# user NAME PASSWORD: the lines of one user in the file of passwords.
user() {
    printf '        <%s><password_sha256_hex>%s</password_sha256_hex></%s>\n' \
        "$1" "$(sha256 "$2")" "$1"
}

keep pseudonym_key "$(random)"
store admin
store ingest
store rollup
keep grafana_clickhouse_password "$(random)"
keep grafana_admin_password "$(random)"
keep grafana_secret_key "$(random)"

# Addresses and secrets of the bridge come from others: each file is empty until you fill it.
for name in wecom_url dingtalk_url dingtalk_secret feishu_url feishu_secret slack_url webhook_url \
    webhook_token smtp_password heartbeat_url; do
    keep "bridge_$name" ''
done

# Follows from the others, so it is always written anew.
rm -f "$folder/clickhouse_passwords.xml"
keep clickhouse_passwords.xml "$(
    printf '<?xml version="1.0"?>\n<clickhouse>\n    <users>\n'
    for name in admin ingest rollup; do
        user "$name" "$(password_of "$name")"
    done
    user grafana "$(cat "$folder/grafana_clickhouse_password")"
    printf '    </users>\n</clickhouse>\n'
)"
