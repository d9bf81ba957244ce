# The address of the target. Everything below works in a temporary folder, which is removed at the end.
default_base=@BASE@
base=${SYNCPROOF_TARGET:-$default_base}
LC_ALL=C
export LC_ALL
umask 077

stop() { printf 'repro.sh: %s\n' "$1" >&2; exit 2; }
for tool in curl jq openssl; do
  command -v "$tool" >/dev/null 2>&1 || stop "$tool is missing: install it, and run this again"
done
[ -n "$base" ] || stop 'set SYNCPROOF_TARGET to the address of the server, such as http://127.0.0.1:8787'
base=${base%/}
work=$(mktemp -d) || stop 'cannot create a temporary folder'
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Names and op ids that only this run has, so that a server which remembers an earlier run does not know them.
run=$(openssl rand -hex 5)
new=$(openssl rand -hex 16 | tr 'a-f' '0-5' | cut -c 1-12)
{
  printf 's|@OPENING@run}|%s|g\n' "$run"
  printf 's|@OPENING@new}|%s|g\n' "$new"
} >"$work/fill.sed"
cp "$work/fill.sed" "$work/fill-path.sed"
{
  printf 's|%s|@OPENING@run}|g\n' "$run"
  printf 's|%s|@OPENING@new}|g\n' "$new"
} >"$work/blank.sed"
status=000
: >"$work/answer"

# call STEP WHO METHOD PATH BODY: one request. BODY is `none`, or the encoding of standard input: `text` or `base64`.
call() {
  path=$(printf '%s\n' "$4" | sed -f "$work/fill-path.sed")
  set -- "$1" "$2" "$3" "$path" "$5" --path-as-is --globoff --silent --show-error --noproxy '*' --max-time 60
  step=$1 who=$2 method=$3 body=$5
  shift 5
  case $body in
    text)
      filled=$(sed -f "$work/fill.sed")
      printf '%s' "$filled" >"$work/request"
      ;;
    base64) openssl base64 -d -A >"$work/request" ;;
  esac
  [ -z "${SYNCPROOF_CA_FILE:-}" ] || set -- "$@" --cacert "$SYNCPROOF_CA_FILE"
  [ "${SYNCPROOF_INSECURE:-}" != true ] || set -- "$@" --insecure
  [ "$body" = none ] || set -- "$@" -H 'content-type: application/json' -H 'expect:' --data-binary "@$work/request"
  [ ! -f "$work/$who.headers" ] || set -- "$@" -H "@$work/$who.headers"
  if [ "$method" = HEAD ]; then set -- "$@" --head; else set -- "$@" -X "$method"; fi
  tries=0
  while :; do
    : >"$work/answer"
    status=$(curl "$@" -o "$work/answer" -w '%{http_code}' "$base$path" 2>"$work/error") || status=000
    tries=$((tries + 1))
    if [ "$status" != 429 ] || [ "$tries" -ge 30 ]; then break; fi
    sleep 1
  done
  printf '%s  %-12s %s %s -> %s\n' "$step" "$who" "$method" "$path" "$status"
  [ "$status" != 000 ] || sed 's/^/    /' "$work/error"
}

# learn NAME PATH: reads an id of the server from the latest answer, for the requests that follow.
learn() {
  if ! jq -e "$2 | type == \"string\" or type == \"number\"" "$work/answer" >/dev/null 2>&1; then
    printf '    this answer has no id at %s, which later requests need\n' "$2"
    return 0
  fi
  inner=$(jq -c "$2" "$work/answer" | sed 's/^"\(.*\)"$/\1/')
  whole=$(jq -r "$2 | tostring | @uri" "$work/answer")
  printf 's|@OPENING@%s}|%s|g\n' "$1" "$(printf '%s\n' "$inner" | sed 's/[\\&|]/\\&/g')" >>"$work/fill.sed"
  printf 's|@OPENING@%s}|%s|g\n' "$1" "$(printf '%s\n' "$whole" | sed 's/[\\&|]/\\&/g')" >>"$work/fill-path.sed"
  if [ "${#inner}" -ge 8 ]; then
    printf 's|%s|@OPENING@%s}|g\n' "$(printf '%s\n' "$inner" | sed 's/[][\\.*^$|]/\\&/g')" "$1" >>"$work/blank.sed"
  fi
}
