#!/usr/bin/env bash
# The whole loop, typed as a user would: collect, audit, train, promote, serve, classify, review, watch, retrain, promote.
#   bash experiments/loop_walkthrough/walkthrough.sh [FOLDER]
# From a clean clone with the extra elpv, in a new folder; ports 80 and 8471 of this machine are taken. Each command is
# printed before what it says; one that ends otherwise than expected, or says something else, ends the walk with 1.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$(mktemp -d)}" || exit 1
service=http://127.0.0.1:8471
gate=("gate=$here/gate.yaml" loosened_by=Ada 'loosened_reason=forty test pictures are what the walk has')
began=$SECONDS

trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
fails() { printf '\nNOT AS EXPECTED: %s\n' "$1"; exit 1; }
head() { printf '\n# %s (%s s)\n' "$1" $((SECONDS - began)); }
shown() {  # words as they are typed
  local word
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_.,:=/@+-]+$ ]] && printf ' %s' "${word/"$here"/experiments/loop_walkthrough}" ||
      printf " '%s'" "$word"
  done
  echo
}
run() {  # expected exit code, pattern of what is said, words of a command of Assay
  local expected=$1 says=$2 code
  shift 2
  printf '\n$ assay%s' "$(shown "$@")"; echo
  assay "$@" >said.txt 2>progress.log
  code=$?
  cat said.txt
  [ $code -eq 0 ] || { tail -n 3 progress.log; echo "exit code $code"; }
  [ $code -eq "$expected" ] || fails "exit code $code instead of $expected"
  grep -qE "$says" said.txt || fails "nothing said of: $says"
}
until_seen() {  # seconds, pattern, command: until it prints the pattern
  local end=$((SECONDS + $1)) pattern=$2
  shift 2
  until "$@" 2>/dev/null | grep -E "$pattern" >/dev/null; do
    [ $SECONDS -lt $end ] || fails "no $pattern by: $*"
    sleep 1
  done
}
send() {  # wave: each client sends its pictures in one request, and agrees that they are kept and learned from
  local key client files file
  echo
  echo "\$ curl -H \"Authorization: Bearer \$(cat keys/CLIENT)\" -H 'X-Consent: 1 improve' -F file=@… $service/v1/classify"
  for key in keys/*; do
    client=$(basename "$key") files=()
    for file in "pictures/clients/$1/$client"/*.jpg; do files+=(-F "file=@$file"); done
    curl -sSf -H "Authorization: Bearer $(cat "$key")" -H 'X-Consent: 1 improve' "${files[@]}" $service/v1/classify \
      >>"answers-$1.jsonl" || fails "$client was not answered"
    echo >>"answers-$1.jsonl"
  done
  python - "$1" <<'PYTHON'
import collections, json, sys
answers = [json.loads(line) for line in open(f"answers-{sys.argv[1]}.jsonl")]
results = [(each["model"]["version"], one) for each in answers for one in each["results"]]
right = sum(one["name"].startswith(one["label"]) for _, one in results)
by = ", ".join(f"version {v}: {n}" for v, n in sorted(collections.Counter(v for v, _ in results).items()))
kept = sum(one["kept"] for _, one in results)
print(f"{len(answers)} clients, {len(results)} pictures answered ({by}); {right} right, {kept} kept")
PYTHON
}
review() {
  echo; echo "\$ python experiments/loop_walkthrough/reviewers.py $service pictures/clients kim=… lou=… max=…"
  python "$here/reviewers.py" $service pictures/clients "kim=$kim" "lou=$lou" "max=$max" || fails "the desk refused"
}

python "$here/pictures.py" . 2>progress.log || fails "the cells cannot be written: $(tail -n 1 progress.log)"
mkdir pictures && mv sources clients pictures
python "$here/serve.py" pictures >sources.log 2>&1 &
until_seen 60 Ctrl-C cat sources.log

head "Collect"
collect() {  # source, address below this machine, what is asked, class
  run 0 " 50  $4|100  $4" collect source="$1" endpoint="http://127.0.0.1$2" 'networks=[127.0.0.0/8]' \
    query="$3 solar cell" label="$4" count=50 to=cells contact=me@example.org
}
collect wikimedia /w/api.php intact functional
collect wikimedia /w/api.php cracked defective
collect openverse /v1/images/ intact functional
collect openverse /v1/images/ cracked defective
run 0 'wikimedia 100, openverse 100' collect stats to=cells

head "Audit"
run 0 '200 of 200 pictures were asked for shortcuts' audit data=folder data.root=cells

head "Train"
run 0 'test: 40 images' train data=folder data.root=cells registry.name=cells evaluation.figures=false 'data.ood=[]'
trained=$(grep -oE '^run +[0-9a-f]{32}' said.txt | grep -oE '[0-9a-f]{8}' | sed -n 1p)

head "Promote by a gate"
run 0 'Version 1 of cells is champion now' promote run="$trained" "${gate[0]}" "gate.${gate[1]/_/.}" \
  "gate.${gate[2]/_/.}"

head "Serve"
echo; echo "\$ assay serve name=cells port=8471 review_random=0.1 watch_every=0 &"
assay serve name=cells port=8471 review_random=0.1 watch_every=0 >service.log 2>&1 &
until_seen 120 ok curl -s $service/v1/health/ready
cat service.log

head "Classify: one by the command line, then ten clients by REST, each with its key"
run 0 'functional|defective' classify pictures/clients/usual/client-01/functional-00.jpg name=cells
mkdir keys
for number in $(seq -w 10); do
  assay keys create name="client-$number" >key.txt 2>>progress.log || fails "no key"
  sed -n 1p key.txt >"keys/client-$number"
done
echo; echo "\$ assay keys create name=client-10"; sed 1d key.txt
send usual
run 0 '100 answers' classify stats

head "Refused: nothing new to learn"
run 0 'nothing new: no label was reviewed' retrain once "${gate[@]}"

head "Another kind of module is photographed"
send changed
run 1 'alert ' watch once
run 0 'watch alerts queue' watch alerts
run 0 'labels since; assay watch alerts queue' retrain plan "${gate[@]}" alert_labels=30
alert=$(grep -oE 'watch alerts queue [0-9a-f-]{36}' said.txt | sed -n '1s/.* //p')
run 0 'queued ' watch alerts queue "$alert" count=50

head "Review"
for name in kim lou; do
  declare "$name=$(assay review reviewers create $name password=true 2>>progress.log | sed -n 1p)"
done
max=$(assay review reviewers create max 'roles=[arbiter]' password=true 2>>progress.log | sed -n 1p)
run 0 'kim .*reviewer' review reviewers list
until_seen 60 'ood|low_confidence|drift' assay review queue
run 0 ' open' review queue
review
run 0 'nothing waits' review queue

head "Retrain: a canary while the service answers"
canary=(alert_labels=30 canary_shadow=40 canary_share=0.5 canary_answers=10)
run 0 'due would retrain' retrain plan "${gate[@]}" "${canary[@]}"
run 0 'canary, looking on' retrain due "${gate[@]}" "${canary[@]}"
until_seen 60 shadow curl -s -H "Authorization: Bearer $(cat keys/client-01)" $service/v1/models
send later
sleep 65
run 0 'answering a share of the keys' retrain due "${gate[@]}" "${canary[@]}"
until_seen 60 challenger curl -s -H "Authorization: Bearer $(cat keys/client-01)" $service/v1/models
send last
sleep 65
run 0 promoted retrain due "${gate[@]}" "${canary[@]}"
run 0 'promoted' retrain status
run 0 canary experiment list

head "The candidate is champion: the same service answers with it"
until_seen 120 '"version": ?"2"' curl -s -H "Authorization: Bearer $(cat keys/client-01)" $service/v1/models
send after
grep -q '"version":"1"' answers-after.jsonl && fails "version 1 answers still"
run 0 . history name=cells --verify
run 0 . models name=cells

head "Reports"
run 0 page report performance
run 0 page report data folder=.
run 0 page report inference
run 0 . audit-trail verify

head "As expected"
