//! Content-Encoding gzip, as far as requests need it.

/// The bytes as gzip (RFC 1952) in one stored block; for less than 64 KiB.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let checksum = bytes.iter().fold(u32::MAX, |checksum, byte| {
        (0..8).fold(checksum ^ u32::from(*byte), |rest, _| (rest >> 1) ^ (0xedb8_8320 * (rest & 1)))
    });
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    let lengths = [length.to_le_bytes(), (!length).to_le_bytes()].concat();
    let tail = [(!checksum).to_le_bytes(), u32::from(length).to_le_bytes()].concat();
    [&head[..], &lengths, bytes, &tail].concat()
}

#[cfg(test)]
mod tests {
    use super::gzip;

    #[test]
    fn gzip_has_the_checksum_of_the_standard() {
        // The checksum of "123456789" is 0xcbf43926 (RFC 1952's polynomial).
        let packed = gzip(b"123456789");
        assert_eq!(packed[packed.len() - 8..packed.len() - 4], 0xcbf4_3926_u32.to_le_bytes());
    }
}
