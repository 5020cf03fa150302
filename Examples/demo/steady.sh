# Sourced by the demo: a client that asks without pause and without retries, and counts what failed.

steady_start() {
    : >"$scratch/steady"
    (
        while :; do
            began=$(date +%s%3N)
            if curl -fsS -m 5 --connect-timeout 2 -o /dev/null "$1" 2>/dev/null; then
                echo "ok $began"
            else
                echo "failed $began"
            fi
        done >"$scratch/steady"
    ) &
    steady_pid=$!
}

steady_stop() {
    [ -n "${steady_pid:-}" ] && kill "$steady_pid" 2>/dev/null && wait "$steady_pid" 2>/dev/null
    steady_pid=
    return 0
}

# steady_report WORDS MILLISECONDS: stops the client; failures may span that long at most.
steady_report() {
    sleep 0.3
    steady_stop
    local total failed span
    total=$(wc -l <"$scratch/steady")
    failed=$(grep -c '^failed' "$scratch/steady")
    span=$(awk '$1 == "failed" {if (!first) first = $2; last = $2} END {print last - first + 0}' "$scratch/steady")
    say "$1: $total requests, $failed failed, within $span ms"
    [ "$total" -gt 0 ] || die "the steady client sent nothing"
    if [ "$2" = 0 ]; then
        [ "$failed" = 0 ] || die "$failed requests failed $1"
    else
        [ "$span" -le "$2" ] || die "requests failed for $span ms $1 (at most $2 are allowed)"
    fi
}
