#!/usr/bin/env bash
# commands_test.sh FOLIO SCRATCH PAGE...: runs every `folio ...` command of the pages' indented
# blocks. Each runs in a copy of a folder that holds what the pages talk of; trainings and
# measurements are shortened. What needs the network or a browser is left out.
set -euo pipefail
folio=$1 scratch=$2
shift 2
mapfile -t pages < <(realpath "$@")
left_out='--serve|dataset download|import cifar10'

PATH=$(dirname "$folio"):$PATH
rm -rf "$scratch"
mkdir -p "$scratch/given"
cd "$scratch/given"

# Digits for photos, photos for everything else.
folio dataset synthesize digits photos --per-class 8 --seed 1 >/dev/null
cp -r photos held_out_photos
cp -r photos mnist_test
mkdir mnist new_photos images jpegs scans scans/left scans/right
cp -r photos mnist/train
mv mnist_test mnist/test
cp -r mnist cifar10
echo "path,class,id,breed" >labels.csv
echo "path,group" >patients.csv
number=0
for file in photos/[0-3]/*.png; do
  class=$(basename "$(dirname "$file")")
  cp "$file" "new_photos/$number.png"
  cp "$file" "images/$number.png"
  cp "$file" "jpegs/$number.jpg"
  echo "$number.png,class$class,$number,breed$class" >>labels.csv
  scan=$([ $((number % 2)) = 0 ] && echo left || echo right)/patient$((number / 4))_$number.png
  cp "$file" "scans/$scan"
  echo "$scan,patient$((number / 4))" >>patients.csv
  number=$((number + 1))
done
cp images/0.png digit.png
cp images/1.png IMG_2000.jpg
cmake -E tar cf photos.zip --format=zip photos
# Two images of MNIST's form, and their labels.
{ printf '\0\0\10\3\0\0\0\2\0\0\0\34\0\0\0\34'; head -c 1568 /dev/zero; } >IMAGES
printf '\0\0\10\1\0\0\0\2\3\7' >LABELS
gzip -c IMAGES >train-images-idx3-ubyte.gz
gzip -c LABELS >train-labels-idx1-ubyte.gz
echo '{"rotation_range": 15, "zoom_range": 0.2, "horizontal_flip": true}' >augment.json
cat >net.json <<'JSON'
{"class_name": "Sequential", "config": {"name": "net", "layers": [
  {"class_name": "Conv2D", "config": {"name": "c", "filters": 4, "kernel_size": [3, 3],
                                      "strides": [4, 4], "activation": "relu"}},
  {"class_name": "GlobalAveragePooling2D", "config": {"name": "g"}},
  {"class_name": "Dense", "config": {"name": "d", "units": 10, "activation": "softmax"}}]}}
JSON
sed 's/"units": 10, "activation": "softmax"/"units": 3, "activation": "sigmoid"/' net.json >tags.json
sed 's/"units": 10, "activation": "softmax"/"units": 2/' net.json >sizes.json
echo "filename,kind,tags,width,height" >photos.csv
number=0
for file in photos/[0-3]/*.png; do
  kind=$(basename "$(dirname "$file")")
  echo "${file#photos/},$kind,day|$([ $((number % 2)) = 0 ] && echo wet || echo dry),2.5,$kind"
  number=$((number + 1))
done >>photos.csv
folio dataset split photos --validation 0.2 --test 0.1 --strategy stratified --out split.csv \
  >/dev/null
folio dataset split photos --folds 5 --seed 1 --out 'fold-{fold}.csv' >/dev/null
folio train photos --validation-split 0.2 --model mnist_cnn --epochs 1 --seed 1 --output run \
  >/dev/null 2>&1

# Commands, one a line: continued lines joined, a loop as a whole.
commands() {
  awk '/^    / {
         line = substr($0, 5)
         command = joined ? command separator line : line
         if (command ~ /\\$/) { sub(/\\$/, "", command); separator = " "; joined = 1; next }
         if (command ~ /^for / && line != "done") {
           separator = line ~ /do$/ ? " " : "; "; joined = 1; next
         }
         joined = 0
         if (command ~ /^(folio|for) /) print command
         next
       }
       { joined = 0 }' "$1"
}

count=0 failed=0
for page in "${pages[@]}"; do
  while IFS= read -r command; do
    [[ $command =~ $left_out ]] && continue
    rm -rf "$scratch/work"
    cp -r "$scratch/given" "$scratch/work"
    cd "$scratch/work"
    # What a command makes anew is not there yet.
    [[ $command =~ 'dataset import'|'dataset synthesize' ]] && rm -rf mnist digits
    [[ $command =~ 'dataset split' ]] && rm -f split.csv fold-*.csv
    short=$(sed -E 's/--epochs [0-9]+/--epochs 1/; s/^folio bench/& --seconds 0.1/' <<<"$command")
    [[ $short =~ ^'folio train' && ! $short =~ --epochs && ! $short =~ --resume ]] &&
      short=${short/folio train/folio train --epochs 1}
    count=$((count + 1))
    if ! bash -euc "$short" >"$scratch/out" 2>&1 </dev/null; then
      echo "$page: $command"
      tail -3 "$scratch/out"
      failed=$((failed + 1))
    fi
  done < <(commands "$page")
done
echo "$count commands, $failed failed"
[ $failed = 0 ] && [ $count -ge 30 ]
