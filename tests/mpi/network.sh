#!/usr/bin/env bash
# network.sh MPIRUN PROGRAM: runs the program on two hosts that are network namespaces of this machine, joined by a veth
# pair: messages go through TCP. Ends with 77 where namespaces may not be made.
set -euo pipefail
mpirun=$1 program=$2
name=copse$$
folder=$(mktemp -d)

clean_up() {
  ip netns del "$name-a" 2>/dev/null || true
  ip netns del "$name-b" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT

skip() {
  echo "skipped: network namespaces may not be made here: $*"
  exit 77
}
command -v ip >/dev/null || skip "there is no ip (Debian: iproute2)"
ip netns add "$name-a" 2>/dev/null || skip "ip netns add failed"
ip netns add "$name-b" 2>/dev/null || skip "ip netns add failed"
ip -n "$name-a" link add veth0 type veth peer name veth0 netns "$name-b" 2>/dev/null || skip "ip link add failed"
for host in a b; do
  ip -n "$name-$host" link set lo up
  ip -n "$name-$host" link set veth0 up
done
ip -n "$name-a" addr add 10.77.0.1/24 dev veth0
ip -n "$name-b" addr add 10.77.0.2/24 dev veth0

# Takes the place of ssh: runs a command on a host.
cat >"$folder/agent" <<AGENT
#!/bin/bash
host=\$1
shift
[ "\$host" = 10.77.0.2 ] || { echo "no such host: \$host" >&2; exit 1; }
exec ip netns exec "$name-b" unshare --uts bash -c 'hostname copse-b && exec bash -c "\$1"' - "\$*"
AGENT
chmod +x "$folder/agent"

ip netns exec "$name-a" unshare --uts bash -c 'hostname copse-a && exec "$@"' - \
  "$mpirun" --allow-run-as-root --oversubscribe --host 10.77.0.1:1,10.77.0.2:1 -n 2 \
  --mca plm_rsh_agent "$folder/agent" --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24 \
  --mca oob_tcp_if_include 10.77.0.0/24 -x COPSE_RANKS "$program"
sent=$(ip netns exec "$name-b" cat /sys/class/net/veth0/statistics/tx_bytes)
echo "bytes that the second host has sent: $sent"
[ "$sent" -gt 1000000 ] || { echo "the ranks did not use the network"; exit 1; }
