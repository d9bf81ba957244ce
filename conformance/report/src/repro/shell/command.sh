
# user WHO: runs the command, which prints headers, for the user on standard input.
[ -n "${SYNCPROOF_CREDENTIAL_COMMAND:-}" ] ||
  stop 'set SYNCPROOF_CREDENTIAL_COMMAND to the command that prints headers for {user}, as in the run'
user() {
  sed -f "$work/fill.sed" >"$work/claims"
  {
    for field in provider email name sub; do
      blank=$field
      [ "$field" != sub ] || blank=user
      quoted=$(jq -r ".$field | @sh" "$work/claims" | sed 's/[\\&|]/\\&/g')
      printf 's|{%s}|%s|g\n' "$blank" "$quoted"
    done
  } >"$work/user.sed"
  line=$(printf '%s\n' "$SYNCPROOF_CREDENTIAL_COMMAND" | sed -f "$work/user.sed")
  SYNCPROOF_USER=$(jq -r .sub "$work/claims") SYNCPROOF_PROVIDER=$(jq -r .provider "$work/claims") \
    SYNCPROOF_EMAIL=$(jq -r .email "$work/claims") SYNCPROOF_NAME=$(jq -r .name "$work/claims") \
    sh -c "$line" </dev/null >"$work/$1.headers" || stop "the credential command failed for $1"
}
