#!/bin/sh
# Starts Prosody with a certificate of its own making. The key stays in the data folder, which nobody else can open; the
# certificate goes to the folder that the workers read, and is the only one they trust.
set -eu

key="$DATA_DIR/$XMPP_DOMAIN.key"
certificate="$CERTIFICATE_DIR/$XMPP_DOMAIN.crt"
month_seconds=2592000

if ! openssl x509 -in "$certificate" -noout -checkend "$month_seconds" 2>/dev/null; then
  # Ten years: workers read it when they start, and would have to be started anew for another.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
    -subj "/CN=XMPP server" -addext "subjectAltName=DNS:$XMPP_DOMAIN" \
    -keyout "$key" -out "$certificate.new"
  # Last, and at once: where there is a certificate, there is its key.
  mv "$certificate.new" "$certificate"
fi

exec prosody -F --config "$(dirname "$0")/prosody.cfg.lua"
