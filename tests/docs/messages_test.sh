#!/usr/bin/env bash
# messages_test.sh FOLIO SCRATCH PAGE: every message that the page on error messages shows is what
# folio says when that goes wrong. `...` in a message stands for anything.
set -euo pipefail
folio=$1 scratch=$2 page=$(realpath "$3")
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
said=
wrong() { # Runs a line that must fail and keeps what it says.
  local output
  if output=$("$folio" "$@" 2>&1 </dev/null); then
    echo "this should have failed: folio $*"
    exit 1
  fi
  said+=$output$'\n'
}

"$folio" dataset synthesize digits digits --per-class 2 --seed 1 >/dev/null
"$folio" batches digits --out b --batches 1 \
  --flow '{"save_to_dir": "saved", "save_format": "jpeg"}' >/dev/null 2>&1
echo "a note" >notes.txt
cat >net.json <<'JSON'
{"class_name": "Sequential", "config": {"name": "net", "layers": [
  {"class_name": "LSTM", "config": {"name": "l", "units": 3}}]}}
JSON

layers() { # A stack of these layers.
  echo "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"net\", \"layers\": [$1]}}"
}

# The dataset
wrong dataset stats photos
mkdir -p photos
cp digits/0/00000.png photos
wrong dataset stats photos
rm photos/*.png
cp -r digits/0 photos/cat
cp -r digits/1 photos/dog
mkdir photos/new
wrong dataset stats photos
rmdir photos/new
wrong dataset stats photos --validation-split 1.5
wrong batches digits --out big --target-size 32768x32768
cp notes.txt photos/cat/1.png
wrong train photos --model lenet --epochs 1
rm photos/cat/1.png
saved=(saved/*)
head -c 500 "${saved[0]}" >photos/dog/2.jpg
wrong train photos --model lenet --epochs 1
rm photos/dog/2.jpg
# The model
wrong summary mnist_cnn --input 8x8x1
wrong summary ./notes.txt
wrong summary net.json
layers '{"class_name": "Dropout", "config": {"name": "drop", "rate": 0.5, "rat": 0.4}}' >net.json
wrong summary net.json
layers '{"class_name": "Dense", "config": {"name": "dense", "units": 3, "dtype": "mixed_float16"}}' \
  >net.json
wrong summary net.json
layers '{"class_name": "Dense",
  "config": {"name": "wide", "units": 900000000, "batch_input_shape": [null, 784]}}' >net.json
wrong summary net.json
"$folio" train photos --model lenet --epochs 0 --output run >/dev/null 2>&1
"$folio" convert run/model.h5 w.weights.h5 >/dev/null
wrong summary w.weights.h5
wrong evaluate mnist_cnn photos
# The run, and options
mkdir runs
cp -r run runs/net-1
wrong train --resume --output runs/net-2
wrong train digits --model lenet --validation-split 0.5 --patience 2 --monitor val_acc
wrong batches photos --out b --class-mode categorial

missing=0 messages=0
while IFS= read -r message; do
  # A full disk is no test's to make; runs side by side and changed ones are ResumeTest's.
  [[ $message == *'No space left on device'* || $message == *'process 1234'* ||
    $message == *'cannot be continued exactly'* ]] && continue
  messages=$((messages + 1))
  pattern=$(sed 's/[][*?\\]/\\&/g; s/\.\.\./*/g' <<<"$message")
  # shellcheck disable=SC2053 # A pattern.
  if ! [[ $said == *$pattern* ]]; then
    echo "folio says nothing like: $message"
    missing=$((missing + 1))
  fi
done < <(sed -n 's/^- `\(.*\)`\\*$/\1/p' "$page")
echo "$messages messages, $missing never said"
if [ "$missing" != 0 ]; then
  echo "$said"
  exit 1
fi
[ "$messages" -ge 10 ]
