
# Times and ids are not compared, since they differ from run to run.
normal() {
  sed -f "$work/blank.sed" "$1" >"$work/blanked"
  jq -S --argjson short @SHORT@ '
    def time: (type == "number" and ((. > 1.5e9 and . < 2.5e9) or (. > 1.5e12 and . < 2.5e12)))
      or (type == "string" and test("^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]"));
    def short: . as $key | $short and (["id", "workspaceId", "userId", "snapshotId", "nextPageToken"] | index($key) != null);
    walk(if time then "(a time)"
      elif type == "object" then with_entries(if .key | short then .value = "(an id)" else . end)
      else . end)' "$work/blanked" 2>/dev/null || cat "$work/blanked"
}
show() { jq . "$1" 2>/dev/null || tr -d '\000-\010\013-\037' <"$1"; }

cp "$work/answer" "$work/now"
sed -f "$work/fill.sed" "$work/saw.blank" >"$work/saw"
{
  printf '\nThe answer now: status %s\n' "$status"
  show "$work/now"
  printf '\nThe answer in the run: status %s\n' "$saw_status"
  show "$work/saw"
} 2>/dev/null
printf '\n'
cat "$work/verdict"
normal "$work/now" >"$work/now.normal"
normal "$work/saw" >"$work/saw.normal"
same=no
if [ "$status" != "$saw_status" ]; then
  :
elif grep -qF '[redacted]' "$work/saw.blank"; then
  printf '\nThe answer in the run held secrets, which are not kept, so only its status is compared.\n'
  same=yes
elif cmp -s "$work/now.normal" "$work/saw.normal"; then
  same=yes
fi
if [ "$same" = yes ]; then
  printf '\nSAME: the target answers as it did in the run.\n'
  exit 1
fi
printf '\nDIFFERENT: the target does not answer as it did in the run; compare with what is expected.\n'
exit 0
