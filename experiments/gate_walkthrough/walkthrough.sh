#!/usr/bin/env bash
# Four candidates for a model that tells defective solar cells, and what the gate says to each. Run it from a clean clone:
#   bash experiments/gate_walkthrough/walkthrough.sh [FOLDER]
# Trains four heads in FOLDER, a new one where none is named; every command is printed before what it says.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$(mktemp -d)}" || exit 1

seen() { printf '\n$ %s\n' "$*"; }
train() {  # size, seed: one training; its run id is left in $run
  local words=(experiment=elpv_binary "data.image_size=$1" "seed=$2" registry.name=cells evaluation.figures=false)
  seen "python train.py ${words[*]}"
  python "$here/../../train.py" "${words[@]}" 2>training.log >training.txt || { cat training.log; exit 1; }
  grep -E "^│ (accuracy|macro F1)" training.txt
  run=$(grep -oE "^run +[0-9a-f]{32}" training.txt | grep -oE "[0-9a-f]{8}" | head -1)
}
gate() {  # words of a command of Assay, and its exit code
  seen "assay $*"
  assay "$@" 2>&1 | grep -vE "^(scoring|exporting|checking|bootstrap|ONNX)"
  echo "exit code ${PIPESTATUS[0]}"
}
at() { gate "$@" registry.name=cells; }

echo "# 1. The first champion"
train 32 0; first=$run
at promote run="$first" gate=default

echo; echo "# 2. A worse candidate"
train 16 0
at promote run="$run" gate=default

echo; echo "# 3. An equal one: the same training with another seed"
train 32 1; equal=$run
at promote run="$equal" gate="$here/better.yaml"

echo; echo "# 4. A better one"
train 224 0
at promote run="$run" gate="$here/better.yaml"

echo; echo "# 5. An alias moved behind the gate's back, and back again"
seen "MlflowClient().set_registered_model_alias('cells', 'champion', '1')"
python - <<'PYTHON'
from mlflow import MlflowClient

MlflowClient("sqlite:///mlruns/mlflow.db").set_registered_model_alias("cells", "champion", "1")
PYTHON
at history --verify
at rollback to=2 reason="the alias was moved by hand" by=Ada

echo; echo "# 6. A rollback"
at rollback reason="the new camera is not in yet" by=Ada
at history --verify
at models
