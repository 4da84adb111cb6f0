#!/bin/sh
# Makes every file of this folder anew. Needs OpenSSL 3. The keys protect nothing: they are for tests only.
set -eu
cd "$(dirname "$0")"
years=36500
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt > "$1"; }

# The test authority.
key ca-key.pem
openssl req -x509 -new -key ca-key.pem -sha256 -days $years -subj "/CN=Perennial Test CA" \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem

# signed <name> <subject> <extensions> [start end]: a certificate signed by the authority.
: > "$work/index.txt"
echo 1000 > "$work/serial"
cat > "$work/ca.cnf" <<CNF
[ca]
default_ca = test
[test]
dir = $work
new_certs_dir = $work
database = $work/index.txt
serial = $work/serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
CNF
signed() {
  key "$1-key.pem"
  openssl req -new -key "$1-key.pem" -subj "$2" -out "$work/$1.csr"
  printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n%s\n' "$3" > "$work/$1.ext"
  if [ $# -gt 3 ]; then dates="-startdate $4 -enddate $5"; else dates="-days $years"; fi
  # shellcheck disable=SC2086
  openssl ca -batch -notext -config "$work/ca.cnf" -cert ca.pem -keyfile ca-key.pem $dates \
    -extfile "$work/$1.ext" -in "$work/$1.csr" -out "$1.pem"
}
server='extendedKeyUsage=serverAuth
subjectAltName='
signed localhost "/CN=Perennial Test localhost" "${server}DNS:localhost,IP:127.0.0.1,IP:::1"
signed expired "/CN=Perennial Test expired" "${server}DNS:localhost,IP:127.0.0.1,IP:::1" 20200101000000Z 20200102000000Z
signed wrong-host "/CN=Perennial Test wrong-host" "${server}DNS:elsewhere.test"
signed wildcard "/CN=Perennial Test wildcard" "${server}DNS:*.wild.test,DNS:127.0.0.1"
signed common-name "/CN=localhost" "extendedKeyUsage=serverAuth"
signed client "/CN=Perennial Test client" "extendedKeyUsage=clientAuth"

# Signed by nobody but itself. Subjects are our own words: a machine may trust some other "localhost".
key self-signed-key.pem
openssl req -x509 -new -key self-signed-key.pem -sha256 -days $years -subj "/CN=Perennial Test self-signed" \
  -addext "basicConstraints=critical,CA:FALSE" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1" \
  -out self-signed.pem
