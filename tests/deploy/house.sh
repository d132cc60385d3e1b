# What the trials share: a folder, programs that end with them, and replicas of one account with their sandbox and Redis.

work=$(mktemp -d)
# Everybody else has to get at what is bound into containers.
chmod 755 "$work"
started=()

# Ends what was started, the last first, and waits for each.
leave() {
  local status=$? at pid
  trap - EXIT
  [ "$status" = 0 ] || for at in "$work"/*.log; do
    [ ! -s "$at" ] || { printf -- '-- the end of %s\n' "$(basename "$at")"; tail -n 8 "$at"; } >&2
  done
  clean_up || true
  for ((at = ${#started[@]} - 1; at >= 0; at--)); do
    pid=${started[at]}
    kill "$pid" 2>/dev/null || continue
    wait_until 10 gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
  exit "$status"
}
# What a trial does besides, before its programs end.
clean_up() { :; }
trap leave EXIT
trap 'exit 130' INT TERM

good() { printf 'ok    %s\n' "$*"; }
bad() {
  printf 'wrong %s\n' "$*" >&2
  exit 1
}

# wait_until SECONDS COMMAND...: whether it succeeds in that time.
wait_until() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.1
  done
}
gone() { ! kill -0 "$1"; }

# up WHAT SECONDS COMMAND...: waits until what was just started answers, and is itself what answers.
up() {
  wait_until "${@:2}" && ! gone "$pid" || bad "$1 does not start"
}

# start NAME COMMAND...: in the background, its output in NAME.log; $! is left in $pid.
start() {
  local name=$1
  shift
  "$@" >>"$work/$name.log" 2>&1 </dev/null &
  pid=$!
  started+=("$pid")
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
ready() { curl -fs -m 2 "http://127.0.0.1:$1/health/ready"; }

# What the program is told, as an operator would: real calls, though to the sandbox.
settings() {
  export TRACKINGMORE_API_KEY=sandbox UPSTREAM=trackingmore UPSTREAM_URL="http://127.0.0.1:$sandbox/v2"
  export REDIS_URL="redis://127.0.0.1:$redis" REPLICAS=3 CLIENT_HEADER=x-forwarded-for
  export POLL_INTERVAL=1s ANONYMOUS='tracking:read ops' HOSTS='gateway.example.com'
}

# The account: a sandbox and a Redis.
open_account() {
  redis=$(free_port)
  sandbox=$(free_port)
  start redis redis-server --bind 127.0.0.1 --port "$redis" --save '' --dir "$work" --maxmemory-policy noeviction
  up Redis 10 redis-cli -p "$redis" ping
  start sandbox "$program" sandbox --listen "127.0.0.1:$sandbox" --speed 0
  up 'the sandbox' 10 curl -fs -m 2 "http://127.0.0.1:$sandbox/__stats"
  settings
}

# replica PORT: starts one; its process is left in $pid.
replica() {
  start "replica-$1" env LISTEN="127.0.0.1:$1" "$program" serve
  up "the replica at $1" 10 ready "$1"
}

# A certificate for the host of the examples.
certificate() {
  mkdir -p "$1"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=gateway.example.com \
    -addext subjectAltName=DNS:gateway.example.com,DNS:localhost -keyout "$1/privkey.pem" -out "$1/fullchain.pem" 2>/dev/null
}
