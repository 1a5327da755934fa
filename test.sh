#!/usr/bin/env bash
# Builds everything, fetches the clients of the interop tests, runs all tests. The last line says how it went:
#   N passed, N failed[, N skipped]
# Exit code 0 only when nothing failed. Needs the .NET SDK; what else is missing only skips the tests that need it.
set -euo pipefail
cd "$(dirname "$0")"
exec < /dev/null
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

note() { printf '%s\n' "$*"; }

# Debian's clients, where this machine can install them.
missing=()
/usr/bin/python3 -c 'import pika' 2> /dev/null || missing+=(python3-pika)
command -v amqp-publish > /dev/null || missing+=(amqp-tools)
/usr/bin/python3 -c 'import paho.mqtt.client' 2> /dev/null || missing+=(python3-paho-mqtt)
command -v mosquitto_sub > /dev/null || missing+=(mosquitto-clients)
if ((${#missing[@]} > 0)) && [[ $(id -u) == 0 ]] && command -v apt-get > /dev/null; then
  note "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq > /dev/null 2>&1 || note "apt-get update failed; trying with the lists that are there"
  apt-get install -y -qq "${missing[@]}" > /dev/null 2>&1 || note "${missing[*]} cannot be installed; its tests are skipped"
fi

# npm's clients, in the versions of the committed lock files.
for folder in interop-tests/*/; do
  [[ -f $folder/package-lock.json ]] || continue
  if ! command -v npm > /dev/null; then
    note "npm is not installed; the tests of $folder are skipped"
  elif ! (cd "$folder" && npm ci --silent --no-progress > /dev/null 2>&1); then
    note "npm ci failed in $folder; its tests are skipped"
  fi
done

note "building"
if ! dotnet build Cmq.MultiProtocol.sln -c Release -v q; then
  note "0 passed, 1 failed"
  exit 1
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
passed=0 failed=0 skipped=0
skips=() fails=() reports=()

# The names of the tests in a report that ended in a given way.
named() {
  grep -o "<UnitTestResult [^>]*outcome=\"$2\"[^>]*>" "$1" | sed -n 's/.*testName="\([^"]*\)".*/\1/p' \
    | sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g'
}

# What the failed tests of a report say: the beginning and the end of each message.
messages() {
  awk '
    /<UnitTestResult / { name = $0; sub(/.* testName="/, "", name); sub(/".*/, "", name); failed = /outcome="Failed"/ }
    failed && /<Message>/ { reading = 1; n = 0; sub(/.*<Message>/, "") }
    reading { last = /<\/Message>/; sub(/<\/Message>.*/, ""); lines[n++] = $0 }
    reading && last {
      print "  " name ":"
      for (i = 0; i < n; i++) {
        if (i < 15 || i >= n - 45) print "    " substr(lines[i], 1, 900)
        else if (i == 15) print "    ..."
      }
      reading = 0
    }' "$1" | sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&#xD;//g; s/&amp;/\&/g'
}

# One after the other: the interop tests start brokers and load the machine.
while IFS= read -r project; do
  name=$(basename "$project" .csproj)
  note "testing $name"
  code=0
  dotnet test "$project" -c Release --no-build -v q \
    --blame-hang-timeout 15m --blame-hang-dump-type none \
    --results-directory "$results/$name" --logger "trx;LogFileName=$name.trx" || code=$?

  report="$results/$name/$name.trx"
  counts=
  [[ -f $report ]] && counts=$(grep -o '<Counters [^>]*>' "$report" | head -n 1)
  count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<< "$counts"; }
  ran=$(count passed) broke=$(count failed) total=$(count total)
  ran=${ran:-0} broke=${broke:-0} total=${total:-0}
  # A run that ended in another way than by its tests counts as a failure of its own.
  if ((code != 0 && broke == 0)); then
    fails+=("$name ended with code $code")
    broke=1 total=$((total + 1))
  fi
  passed=$((passed + ran)) failed=$((failed + broke)) skipped=$((skipped + total - ran - broke))
  if [[ -f $report ]]; then
    while IFS= read -r line; do skips+=("$line"); done < <(named "$report" NotExecuted)
    while IFS= read -r line; do fails+=("$line"); done < <(named "$report" Failed)
    ((broke == 0)) || reports+=("$report")
  fi
done < <(find tests interop-tests -name '*.Tests.csproj' -not -path '*/node_modules/*' | sort)

if ((${#skips[@]} > 0)); then
  note "skipped:"
  printf '  %s\n' "${skips[@]}"
fi

if ((${#reports[@]} > 0)); then
  note "what failed, and why:"
  for report in "${reports[@]}"; do messages "$report"; done
fi

if ((${#fails[@]} > 0)); then
  note "failed:"
  printf '  %s\n' "${fails[@]}"
fi

summary="$passed passed, $failed failed"
((skipped == 0)) || summary+=", $skipped skipped"
note "$summary"
((failed == 0))
