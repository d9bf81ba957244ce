//! Bytes as the body of a call.
//!
//! The first byte chooses the call. Of the rest, `$W` stands for the user's workspace, `$U` for the user and `$O` for
//! another one: ids that no fuzzer guesses, without which nothing gets past the check of the scope.

use super::test_user::{TestUser, ask};
use super::timeout::within_bound;
use crate::campaign_target::CampaignTarget;
use crate::endpoint::endpoint;
use crate::sequence::Call;
use syncproof_harness::client::Request;

pub(super) fn check(target: &CampaignTarget, bytes: &[u8]) -> Result<(), String> {
    let (handle, bytes) = (target.open()?, bytes.to_vec());
    within_bound(move || async move {
        let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
        let call = Call::ALL.get(usize::from(*first) % Call::ALL.len()).copied().unwrap_or(Call::Push);
        let (user, other) = (TestUser::at(&handle, "guest").await?, TestUser::at(&handle, "other").await?);
        user.write().await?;
        let ids = [(b"$W", &user.home), (b"$U", &user.user), (b"$O", &other.user)];
        let body = ids.into_iter().fold(rest.to_vec(), |body, (sign, id)| filled(&body, sign, &id.to_string()));
        let (method, path) = endpoint(call, &user.home);
        ask(&user.client, Request::raw(method, path, Some(body))).await?;
        user.still_serves().await
    })
}

/// The bytes with an id wherever that sign stands.
fn filled(bytes: &[u8], sign: &[u8; 2], id: &str) -> Vec<u8> {
    let mut filled = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        if rest.starts_with(sign) {
            filled.extend_from_slice(id.as_bytes());
            rest = &rest[sign.len()..];
        } else {
            filled.push(*first);
            rest = tail;
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn signs_are_filled_in_and_nothing_else() {
        assert_eq!(filled(b"$W\xff$$W$X$", b"$W", "id"), b"id\xff$id$X$");
        assert_eq!(filled(b"", b"$W", "id"), b"");
    }
}
