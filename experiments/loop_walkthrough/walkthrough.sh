#!/usr/bin/env bash
# The first half of the loop, typed as a user would: collect, audit, train. From a clean clone with the extra elpv:
#   bash experiments/loop_walkthrough/walkthrough.sh [FOLDER [PICTURES]]
# Port 80 of this machine is taken for the stand-ins of the sources, whose limits are kept to: some minutes for 40 pictures.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$(mktemp -d)}" || exit 1
count=${2:-40}

python "$here/serve.py" $((count + 20)) 0.1 >serve.log 2>&1 &
server=$!
trap 'kill $server' EXIT
until grep -q Ctrl-C serve.log; do
  kill -0 $server 2>/dev/null || { cat serve.log; exit 1; }
  sleep 1
done

typed() {  # words of a command of Assay: printed, run, with its exit code
  printf '\n$ assay %s\n' "$*"
  assay "$@" 2>progress.log
  local code=$?
  [ $code -eq 0 ] || tail -3 progress.log
  echo "exit code $code"
}
collect() {  # source, address below this machine, what is asked, class
  typed collect source="$1" endpoint="http://127.0.0.1$2" networks='[127.0.0.1/32]' query="$3" label="$4" \
    count="$count" to=cells contact=me@example.org
}

echo "# 1. Collect"
collect wikimedia /w/api.php 'solar cell' functional
collect openverse /v1/images/ 'cracked solar cell' defective
typed collect stats to=cells

echo; echo "# 2. Audit"
typed audit data=folder data.root=cells

echo; echo "# 3. Train"
typed train data=folder data.root=cells registry.name=cells evaluation.figures=false 'data.ood=[]'
