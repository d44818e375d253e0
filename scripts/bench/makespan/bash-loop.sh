#!/usr/bin/env bash
# The loop that one writes with curl, jq and xargs: LIMIT images at a time, a poll every ten seconds.
#   TOKEN=… BASE_URL=… PROJECT_ID=… bash-loop.sh IMAGES LIMIT FOLDER
# Prints how many images it knows to be done.
set -uo pipefail

images=$1 limit=$2
export HEADERS=$3/headers
# In a file: what stands in arguments can be seen by everybody on the machine.
(umask 077 && printf 'X-Auth-Token: %s\nContent-Type: application/json\n' "$TOKEN" >"$HEADERS")

# request METHOD PATH [BODY]: the body of the answer; waits and tries again while it is throttled.
request() {
  local answer code
  while :; do
    answer=$(curl -sS --max-time 30 -X "$1" -H @"$HEADERS" ${3+--data "$3"} -w '\n%{http_code}' "$BASE_URL$2") || return 1
    code=${answer##*$'\n'}
    case $code in
      200) printf '%s' "${answer%$'\n'*}" && return ;;
      429) sleep $((2 + RANDOM % 4)) ;;
      *) printf '%s: %s\n' "$2" "$answer" >&2 && return 1 ;;
    esac
  done
}

import_one() {
  local name=$1 body job answer errors=0
  body=$(jq -n --arg name "$name" '{$name, image_url: "bench:\($name).qcow2", min_disk: 40}')
  # 255 ends xargs: where not even a create can be sent, the rest need not be tried.
  answer=$(request POST /v2/cloudimages/action "$body") || return 255
  job=$(jq -er .job_id <<<"$answer") || return 1
  while sleep 10; do
    if ! answer=$(request GET "/v1/$PROJECT_ID/jobs/$job"); then
      ((++errors > 5)) && return 1
      continue
    fi
    errors=0
    # No jq here: it takes several times as long to start as curl.
    [[ $answer =~ \"status\":\ *\"([A-Z]+)\" ]] || continue
    case ${BASH_REMATCH[1]} in
      SUCCESS) echo "$name" && return ;;
      FAIL) printf '%s failed: %s\n' "$name" "$(jq -r .fail_reason <<<"$answer")" >&2 && return 1 ;;
    esac
  done
}
export -f request import_one

seq -f 'image-%.0f' "$images" | xargs -P "$limit" -I{} bash -c 'import_one "$1"' _ {} | wc -l
