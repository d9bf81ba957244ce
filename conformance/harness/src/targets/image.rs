//! A container image as a target.

/// An image, and how to run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name, with a registry and a path where it has them.
    pub name: String,
    /// Its tag.
    pub tag: String,
    /// The port that the server listens on inside.
    pub port: u16,
    /// Its environment, apart from the shared secret.
    pub environment: Vec<(String, String)>,
}

impl Image {
    /// Reads `NAME[:TAG]`. A colon before the last slash belongs to a registry's port.
    #[must_use]
    pub fn parse(text: &str) -> Option<(String, String)> {
        let path = text.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match text[path..].find(':') {
            Some(colon) => (&text[..path + colon], &text[path + colon + 1..]),
            None => (text, "latest"),
        };
        let fine = !name.is_empty() && !name.ends_with('/') && !tag.is_empty() && !text.contains(char::is_whitespace);
        fine.then(|| (name.to_owned(), tag.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn a_tag_stands_after_the_last_slash() {
        let parsed = |text| Image::parse(text);
        let pair = |name: &str, tag: &str| Some((name.to_owned(), tag.to_owned()));
        assert_eq!(parsed("server"), pair("server", "latest"));
        assert_eq!(parsed("server:2"), pair("server", "2"));
        assert_eq!(parsed("registry:5000/a/server"), pair("registry:5000/a/server", "latest"));
        assert_eq!(parsed("registry:5000/a/server:2"), pair("registry:5000/a/server", "2"));
        for wrong in ["", "server:", ":2", "a/", "two words"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
