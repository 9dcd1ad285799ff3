#!/usr/bin/env bash
# Trainings by several ranks are the same as by one; one that is killed at random moments and started anew, also with
# another number of ranks, ends on the same curve.
#
#   restarts.sh MPIRUN PROGRAM RESTART [KILLS]        RESTART is scripts/restart
set -euo pipefail
mpirun=$1 program=$2 restart=$3 kills=${4:-${COPSE_TEST_KILLS:-4}}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export COPSE_NUM_THREADS=1

run() {  # RANKS FOLDER
  "$mpirun" --oversubscribe --allow-run-as-root -n "$1" "$program" train "$2"
}
fail() {
  echo "restarts: $*" >&2
  exit 1
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }
declare -A takes  # by number of ranks, in milliseconds
for n in 1 2 3 4; do
  mkdir "$folder/$n"
  begun=$(milliseconds)
  run $n "$folder/$n"
  takes[$n]=$(($(milliseconds) - begun))
done
# Waits for a random part of the time that so many ranks take.
wait_a_part() {
  local part=$((takes[$1] * (RANDOM % 90 + 10) / 100))
  sleep "$((part / 1000)).$(printf '%03d' $((part % 1000)))"
}
"$program" close "$folder/1/curve" "$folder/2/curve" || fail "2 ranks are not on the curve of 1"
"$program" close "$folder/1/curve" "$folder/4/curve" || fail "4 ranks are not on the curve of 1"

# A rank is killed at a random moment of each run. RANKS says with how many ranks each try begins.
killed=0
with_kills() {  # FOLDER RANKS...
  local place=$1
  shift
  mkdir "$place"
  local try=0 ranks=("$@")
  while true; do
    local n=${ranks[$((try % ${#ranks[@]}))]}
    try=$((try + 1))
    run "$n" "$place" 2>/dev/null &
    local job=$!
    if [ $try -le "$kills" ]; then
      wait_a_part "$n"
      local victims
      victims=($(pgrep -f "^$program train $place" || true))
      if [ ${#victims[@]} -gt 0 ]; then
        kill -9 "${victims[$((RANDOM % ${#victims[@]}))]}" 2>/dev/null && killed=$((killed + 1))
      fi
    fi
    if wait $job; then break; fi
    [ $try -le 100 ] || fail "the training has not come to an end"
  done
}

with_kills "$folder/same" 2
"$program" same "$folder/2/curve" "$folder/same/curve" || fail "a training of 2 ranks that was killed has another curve"
cmp "$folder/2/final" "$folder/same/final" || fail "a training of 2 ranks that was killed has another state"
with_kills "$folder/other" 4 2 1 3
"$program" close "$folder/1/curve" "$folder/other/curve" || fail "resumed with other numbers of ranks, the curve is another"

# The loop that goes on by itself.
mkdir "$folder/loop"
"$restart" 20 "$mpirun" --oversubscribe --allow-run-as-root -n 2 "$program" train "$folder/loop" 2>/dev/null &
job=$!
wait_a_part 2
pkill -9 -f "^$program train $folder/loop" && killed=$((killed + 1)) || true
wait $job || fail "scripts/restart has not brought the training to its end"
"$program" same "$folder/2/curve" "$folder/loop/curve" || fail "restarted by itself, the curve is another"
[ $killed -gt 0 ] || fail "no rank was killed while it was training"
echo "$killed ranks killed"
