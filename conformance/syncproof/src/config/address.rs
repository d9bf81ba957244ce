//! Which addresses a target may have.

use syncproof_harness::exit::CliError;

/// Checks the address of a target.
///
/// # Errors
/// When the suite cannot send requests to it; the sentence says why.
pub(crate) fn check_address(address: &str) -> Result<(), CliError> {
    let wrong = |why: &str| Err(CliError::usage(format!("the target `{address}` is no address of a server: {why}")));
    let with_scheme = format!("http://{address}");
    if !address.contains("://") && reqwest::Url::parse(&with_scheme).is_ok_and(|url| url.host_str().is_some()) {
        return wrong(&format!("it has to begin with http:// or https://; did you mean {with_scheme}?"));
    }
    match reqwest::Url::parse(address) {
        Err(error) => wrong(&format!("{error} (expected something like http://127.0.0.1:8787)")),
        Ok(url) if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() => {
            wrong("it has to begin with http:// or https://")
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => wrong("it may have no query and no fragment"),
        Ok(_) => Ok(()),
    }
}
