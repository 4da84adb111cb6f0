#!/usr/bin/env bash
# redis (crate) 1.8.1, redis-server 7: a `ClusterConnection` that has subscribed to a shard channel (`ssubscribe`, RESP3, with a
# `push_sender`) gets nothing any more once the slot of the channel has moved to another server. The old server ends the subscription
# with a push `sunsubscribe`; the connection stays up, so that the crate, which subscribes again after a disconnection, does not here.
#
# Good guess: "the subscription will be automatically resubscribed", as its documentation says of disconnections, holds for a cluster
# that is divided anew as well, since the connection follows slots that move for commands.
# Seen: a message before the move arrives; then a push of kind sunsubscribe; a message after the move, published on the new server,
# does not arrive within 10 s, though SPUBLISH by the same connection succeeds and reaches 0 subscribers; after another `ssubscribe`
# of the same name messages arrive again.
set -euo pipefail
for program in cargo redis-server redis-cli; do
  command -v "$program" >/dev/null || { echo "$program is missing"; exit 2; }
done
folder=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
ports=("$(free)" "$(free)")
buses=("$(free)" "$(free)")
for at in 0 1; do
  mkdir "$at"
  redis-server --port "${ports[$at]}" --cluster-enabled yes --cluster-port "${buses[$at]}" --bind 127.0.0.1 --save '' \
    --dir "$folder/$at" >/dev/null &
  pids+=($!)
done
one() { redis-cli -p "${ports[0]}" "$@"; }
two() { redis-cli -p "${ports[1]}" "$@"; }
for _ in $(seq 100); do one ping >/dev/null 2>&1 && two ping >/dev/null 2>&1 && break; sleep 0.1; done
one cluster addslotsrange 0 8191 >/dev/null
two cluster set-config-epoch 2 >/dev/null
two cluster addslotsrange 8192 16383 >/dev/null
one cluster meet 127.0.0.1 "${ports[1]}" "${buses[1]}" >/dev/null
for _ in $(seq 200); do
  one cluster info | grep -q cluster_state:ok && two cluster info | grep -q cluster_state:ok && break; sleep 0.1
done

cargo init --quiet --name seen .
cat >>Cargo.toml <<'TOML'
redis = { version = "=1.8.1", default-features = false, features = ["cluster-async", "tokio-comp"] }
tokio = { version = "1", features = ["macros", "rt-multi-thread", "time"] }
TOML
cat >src/main.rs <<'RS'
use redis::{cluster::ClusterClient, cmd, ProtocolVersion, PushInfo, PushKind};
use std::{process::Command, time::Duration};
use tokio::{sync::mpsc, time::timeout};

async fn until(pushes: &mut mpsc::UnboundedReceiver<PushInfo>, kind: PushKind, seconds: u64) -> bool {
    let wanted = async { while pushes.recv().await.expect("pushes").kind != kind {} };
    timeout(Duration::from_secs(seconds), wanted).await.is_ok()
}

fn cli(port: &str, args: &[&str]) -> String {
    let said = Command::new("redis-cli").arg("-p").arg(port).args(args).output().expect("redis-cli");
    String::from_utf8(said.stdout).expect("text").trim().to_owned()
}

#[tokio::main]
async fn main() {
    let ports: Vec<String> = std::env::args().skip(1).collect();
    let (sender, mut pushes) = mpsc::unbounded_channel();
    let client = ClusterClient::builder([format!("redis://127.0.0.1:{}/", ports[0])])
        .use_protocol(ProtocolVersion::RESP3)
        .push_sender(sender)
        .build()
        .expect("a client");
    let mut connection = client.get_async_connection().await.expect("a connection");
    connection.ssubscribe("news").await.expect("a subscription");
    let _: i64 = cmd("SPUBLISH").arg("news").arg("1").query_async(&mut connection).await.expect("published");
    println!("before the move it arrives: {}", until(&mut pushes, PushKind::SMessage, 10).await);

    let slot = cli(&ports[0], &["cluster", "keyslot", "news"]);
    let at = usize::from(slot.parse::<u32>().expect("a slot") > 8191);
    let (from, to) = (&ports[at], &ports[1 - at]);
    let (old, new) = (cli(from, &["cluster", "myid"]), cli(to, &["cluster", "myid"]));
    cli(to, &["cluster", "setslot", &slot, "importing", &old]);
    cli(from, &["cluster", "setslot", &slot, "migrating", &new]);
    for port in [to, from] {
        cli(port, &["cluster", "setslot", &slot, "node", &new]);
    }
    println!("the server ends the subscription: {}", until(&mut pushes, PushKind::SUnsubscribe, 10).await);
    let reached: i64 = cmd("SPUBLISH").arg("news").arg("2").query_async(&mut connection).await.expect("published");
    println!("subscribers after the move: {reached}");
    println!("after the move it arrives: {}", until(&mut pushes, PushKind::SMessage, 10).await);
    connection.ssubscribe("news").await.expect("a subscription");
    let _: i64 = cmd("SPUBLISH").arg("news").arg("3").query_async(&mut connection).await.expect("published");
    println!("subscribed again it arrives: {}", until(&mut pushes, PushKind::SMessage, 10).await);
}
RS
seen=$(cargo run --quiet --release -- "${ports[@]}")
printf 'redis 1.8.1, %s\n%s\n' "$(redis-server --version | cut -d' ' -f3)" "$seen"
[ "$seen" = 'before the move it arrives: true
the server ends the subscription: true
subscribers after the move: 0
after the move it arrives: false
subscribed again it arrives: true' ]
