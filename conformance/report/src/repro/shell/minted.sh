
# Tokens are minted here: JWT, signed with HS256. (`openssl` gets the secret as an argument, so other users of this
# machine could see it for a moment.)
[ -n "${SYNCPROOF_JWT_SECRET:-}" ] || stop 'set SYNCPROOF_JWT_SECRET to the secret that the target checks tokens with'
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
signature() { printf '%s' "$2" | openssl dgst "-$1" -hmac "$3" -binary | base64url; }
# sign ALGORITHM SECRET [HEADER]: a token with the claims on standard input.
sign() {
  header=${3:-'{"typ":"JWT","alg":"HS256"}'}
  signed=$(printf '%s' "$header" | base64url).$(base64url)
  printf '%s.%s' "$signed" "$(signature "$1" "$signed" "$2")"
}
# lasting SECONDS: the claims on standard input, with times added.
lasting() {
  now=$(date +%s)
  jq -jc --argjson now "$now" --argjson lasts "$1" \
    '. + {iat: ([$now, $now + $lasts - 1] | min), exp: ($now + $lasts)}'
}

# user WHO KIND: makes the credential of the user whose claims are on standard input.
user() {
  sed -f "$work/fill.sed" >"$work/claims"
  scheme=Bearer
  secret=$SYNCPROOF_JWT_SECRET
  case $2 in
    lasting=*) token=$(lasting "${2#lasting=}" <"$work/claims" | sign sha256 "$secret") ;;
    beginning=*)
      begins=$(($(date +%s) + ${2#beginning=}))
      token=$(lasting 14400 <"$work/claims" | jq -jc --argjson nbf "$begins" '. + {nbf: $nbf}' | sign sha256 "$secret")
      ;;
    UnknownExtension)
      header='{"typ":"JWT","alg":"HS256","crit":["http://example.test/unknown"],"http://example.test/unknown":true}'
      token=$(lasting 3600 <"$work/claims" | sign sha256 "$secret" "$header")
      ;;
    Expired) token=$(lasting -3600 <"$work/claims" | sign sha256 "$secret") ;;
    OtherSecret) token=$(lasting 3600 <"$work/claims" | sign sha256 'another secret that nobody ever told') ;;
    OtherAlgorithm) token=$(lasting 3600 <"$work/claims" | sign sha512 "$secret") ;;
    EmptySecret) token=$(lasting 3600 <"$work/claims" | sign sha256 '') ;;
    *)
      token=$(lasting 14400 <"$work/claims" | sign sha256 "$secret")
      head=${token%%.*}
      tail=${token##*.}
      claims=${token#*.}
      claims=${claims%.*}
      none() { printf '{"typ":"JWT","alg":"%s"}' "$1" | base64url; }
      case $2 in
        Good) ;;
        Unsigned) token=$(none none).$claims. ;;
        UnsignedInTitleCase) token=$(none None).$claims. ;;
        UnsignedInCapitals) token=$(none NONE).$claims. ;;
        EmptyHeader) token=$(printf '{}' | base64url).$claims.$tail ;;
        HeaderIsAList) token=$(printf '[]' | base64url).$claims.$tail ;;
        UnsignedWithSignature) token=$(none none).$claims.$tail ;;
        Truncated) token=$head.$claims.$(printf '%s' "$tail" | cut -c 1-22) ;;
        NoSignature) token=$head.$claims. ;;
        ChangedClaims) token=$head.$(jq -c '.sub += "-2"' "$work/claims" | lasting 3600 | base64url).$tail ;;
        Empty) token= ;;
        Garbage) token=not.a.token ;;
        OtherScheme) scheme=Basic ;;
        *) stop "a credential of the kind $2 cannot be made here" ;;
      esac
      ;;
  esac
  printf 'authorization: %s %s\n' "$scheme" "$token" >"$work/$1.headers"
}
