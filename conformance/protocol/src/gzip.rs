//! The content coding gzip (RFC 9110, section 8.4.1.3).

use std::io::{self, Read as _};

use flate2::Compression;
use flate2::read::{GzEncoder, MultiGzDecoder};

/// The bytes as gzip (RFC 1952).
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    // Reading from memory does not fail.
    let _ = GzEncoder::new(bytes, Compression::fast()).read_to_end(&mut packed);
    packed
}

/// What these bytes hold as gzip, where that is at most so many bytes.
///
/// # Errors
/// When they are not gzip, are cut, or hold more.
pub fn gunzip(bytes: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes).take(most.saturating_add(1)).read_to_end(&mut unpacked)?;
    match u64::try_from(unpacked.len()) {
        Ok(length) if length <= most => Ok(unpacked),
        _ => Err(io::Error::other(format!("more than {most} bytes"))),
    }
}

/// Whether that `Accept-Encoding` names gzip with another weight than 0 (RFC 9110, section 12.5.3).
#[must_use]
pub fn is_accepted(accept_encoding: &str) -> bool {
    accept_encoding.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f64>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_some_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::{gunzip, gzip, is_accepted};

    #[test]
    fn what_is_packed_is_unpacked_unless_it_is_cut_or_too_large() {
        let text = "as often as not ".repeat(1000).into_bytes();
        let packed = gzip(&text);
        assert!(packed.len() < text.len() / 10);
        assert_eq!(gunzip(&packed, 16_000).unwrap(), text);
        assert!(gunzip(&packed, 15_999).is_err());
        assert!(gunzip(&packed[..packed.len() - 1], 16_000).is_err());
        assert!(gunzip(&text, 16_000).is_err());
    }

    #[test]
    fn gzip_is_accepted_where_it_is_named_with_a_weight() {
        assert!(["gzip", "GZIP", "identity, gzip", "br;q=1.0, gzip;q=0.5"].into_iter().all(is_accepted));
        assert!(!["", "identity", "gzip;q=0", "gzip; q=0.0", "br, xgzip"].into_iter().any(is_accepted));
    }
}
