#!/usr/bin/env bash
# Measures this broker and Debian's rabbitmq-server and mosquitto in turn, and prints a table of ratios.
# docs/performance.md explains it; --help lists the options.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build "$here/Compare" -c Release -v q --nologo -p:RunAnalyzers=false >&2
exec "$here/Compare/bin/Release/net10.0/Cmq.MultiProtocol.Benchmarks.Compare" "$@"
