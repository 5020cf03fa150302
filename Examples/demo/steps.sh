# Sourced by the demo: how a step is told and checked.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

skiff() { "$SKIFF" "$@"; }

title() { printf '\n\033[1m%s\033[0m\n' "$1"; }

say() { printf '    %s\n' "$1"; }

die() {
    printf '\nFAILED: %s\n' "$1" >&2
    exit 1
}

# step WORDS COMMAND...: runs the command, shows it and its output, stops the story when it fails.
step() {
    local words=$1
    shift
    printf '  $ %s\n' "$(printf '%s ' "$@" | sed "s#$here/../##g")"
    "$@" 2>&1 | tee "$scratch/last.log" | sed 's/^/    /'
    local status=${PIPESTATUS[0]}
    [ "$status" = 0 ] || die "$words ended with status $status"
}

# wait_for SECONDS WORDS COMMAND...: repeats the command until it succeeds.
wait_for() {
    local seconds=$1 words=$2
    shift 2
    local end=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || die "waited $seconds s for $words in vain"
        sleep 0.05
    done
    say "$words: yes"
}

answers() { curl -fsS -m 2 -o /dev/null "$1"; }

three_replicas_answer() {
    local seen
    seen=$(for _ in $(seq 30); do curl -fsS -m 2 "$1" | grep -io 'hostname[^a-z0-9]*[a-z0-9-]*' || true; done | sort -u | wc -l)
    [ "$seen" -ge 3 ]
}

restarted() { [ "$(skiff get "$1" -o 'jsonpath={.status.containerStatuses[0].restartCount}')" -ge 1 ]; }

# json_text KEY FILE: the text value of a key of a flat JSON object.
json_text() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" "$2" | head -n 1; }
