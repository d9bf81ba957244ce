
# user WHO: fills in the header template for the user on standard input.
user() {
  sed -f "$work/fill.sed" >"$work/claims"
  {
    for field in provider email name sub; do
      blank=$field
      [ "$field" != sub ] || blank=user
      for form in '' ':percent | @uri' ':base64 | @base64'; do
        value=$(jq -r ".$field${form#"${form%% *}"}" "$work/claims" | sed 's/[\\&|]/\\&/g')
        printf 's|{%s}|%s|g\n' "$blank${form%% *}" "$value"
      done
    done
  } >"$work/user.sed"
  printf '%s\n' "$template" | sed -f "$work/user.sed" >"$work/$1.headers"
}
