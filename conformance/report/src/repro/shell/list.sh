
# user WHO: takes the next user of the list. SYNCPROOF_CREDENTIALS_FROM says how many are used already.
[ -f "${SYNCPROOF_CREDENTIALS:-}" ] ||
  stop 'set SYNCPROOF_CREDENTIALS to the JSON file with users and their headers, as in the run'
next=${SYNCPROOF_CREDENTIALS_FROM:-0}
user() {
  cat >/dev/null
  jq -r --argjson next "$next" '.[$next].headers // {} | to_entries[] | "\(.key): \(.value)"' \
    "$SYNCPROOF_CREDENTIALS" >"$work/$1.headers"
  [ -s "$work/$1.headers" ] || stop 'all users of the list are in use'
  next=$((next + 1))
}
