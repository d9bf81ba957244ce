//! What tests of printed text share: where snapshots stand, and what differs from run to run.

/// Compares with `snapshots/` at the root; what differs from run to run is replaced first, further patterns of the
/// caller's included.
pub(crate) fn assert_prints(name: &str, text: &str, further: &[(&str, &str)]) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"http(:|&#58;)//127\.0\.0\.1(:|&#58;|%3A)\d+", "http://[target]");
    settings.add_filter(r"\b[0-9a-f]{10}-[0-9a-f]{8}-", "[case]-");
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[uuid]");
    for (pattern, replacement) in further {
        settings.add_filter(pattern, *replacement);
    }
    settings.bind(|| insta::assert_snapshot!(format!("suite__{name}"), text));
}
