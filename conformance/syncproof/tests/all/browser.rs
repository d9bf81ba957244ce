//! The HTML report in a browser: its filter and its search work, it fits a phone, and nothing in it runs that a server
//! put there. Needs Chromium; without it the test says so and looks at nothing, unless SYNCPROOF_REQUIRE_BROWSER=1.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::command::{SECRET, Specimen, run_against};
use crate::hostile::Hostile;
use serde_json::Value;
use syncproof_protocol::requirement::LEDGER;

/// Longest time for one start of the browser.
const PATIENCE: Duration = Duration::from_secs(120);

/// The page is opened in a frame of the width of a phone; what happens in it is written into the outer page.
const HARNESS: &str = r##"<!DOCTYPE html><iframe src="report.html" style="width: 390px; height: 800px"></iframe>
<pre id="result"></pre>
<script>
const frame = document.querySelector('iframe');
frame.onload = async () => {
  const page = frame.contentDocument;
  const view = frame.contentWindow;
  const shown = () => [...page.querySelectorAll('[data-status]')].filter(item => !item.closest('[hidden]'));
  const ids = () => shown().map(item => item.id);
  const statuses = () => [...new Set(shown().map(item => item.dataset.status))];
  const settle = () => new Promise(done => setTimeout(done, 50));
  const type = text => {
    const search = page.getElementById('search');
    search.focus();
    search.value = text;
    search.dispatchEvent(new view.Event('input', { bubbles: true }));
  };
  const result = {};
  result.all = ids().length;
  const overflow = () => page.documentElement.scrollWidth - page.documentElement.clientWidth;
  result.overflow = overflow();
  // What is cut off at the edge, unless it scrolls or is hidden on purpose.
  const cut = () => [...page.querySelectorAll('main *, header *')].filter(item => {
    const place = item.getBoundingClientRect();
    const scrolls = item.closest('pre, .unseen, .lanes, svg');
    return place.width > 0 && !scrolls && (place.right > 390.5 || place.left < -0.5);
  }).map(item => item.outerHTML.slice(0, 200));
  result.cut = cut();
  const folded = [...page.querySelectorAll('details:not([open])')];
  folded.forEach(item => { item.open = true; });
  result.openOverflow = overflow();
  result.openCut = cut();
  folded.forEach(item => { item.open = false; });
  const links = [...page.querySelectorAll('main a[href^="#"]')];
  result.broken = links.map(link => link.getAttribute('href')).filter(href => !page.getElementById(href.slice(1)));
  result.causes = [...page.querySelectorAll('[id^="cause-"]')].length;
  result.requirements = [...page.querySelectorAll('.rule')].map(rule => rule.id + ' ' + rule.querySelector('.badge').textContent);
  const requests = page.querySelectorAll('.timeline li:not(.gap)').length;
  result.timeline = [requests > 0, page.querySelectorAll('.timeline circle').length === requests,
    page.querySelectorAll('.timeline .wrong').length > 0];
  type('EVERY-cursor pull');
  result.searched = ids();
  result.said = page.getElementById('shown').textContent;
  result.afterSearch = view.location.hash;
  type('no case has these words');
  result.nothing = [ids().length, !page.querySelector('.nothing').hidden];
  page.querySelector('button[type=reset]').click();
  await settle();
  result.reset = [ids().length, view.location.hash];
  page.querySelector('input[value=passed]').click();
  result.passed = [ids().length, statuses()];
  result.afterFilter = view.location.hash;
  page.querySelector('input[value=failed]').click();
  result.both = statuses().sort();
  view.location.hash = '#status=failed&q=every-cursor';
  await settle();
  result.linked = [ids(), page.getElementById('search').value, page.querySelector('input[value=failed]').checked];
  // A link from a requirement leads to its case, which a filter hides and a group folds.
  view.location.hash = '#status=failed';
  await settle();
  const folder = page.querySelector('.rule.passed details');
  folder.querySelector('a').click();
  await settle();
  const target = page.querySelector(':target');
  result.followed = [target !== null && target.getBoundingClientRect().height > 0, page.getElementById('search').value];
  page.body.blur();
  page.getElementById('search').blur();
  page.dispatchEvent(new view.KeyboardEvent('keydown', { key: '/', bubbles: true }));
  const injected = page.createElement('script');
  injected.textContent = 'window.pwned = "an injected script";';
  page.body.append(injected);
  const handler = page.createElement('img');
  handler.setAttribute('onerror', 'window.pwned = "a handler"');
  handler.src = 'x:';
  page.body.append(handler);
  await settle();
  result.pwned = view.pwned || null;
  result.scripts = page.querySelectorAll('main script').length;
  document.getElementById('result').textContent = JSON.stringify(result);
};
</script>"##;

fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()))
}

/// What the harness found on the page.
fn look(browser: &str, report: &Path) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(report, folder.path().join("report.html")).expect("copied");
    fs::write(folder.path().join("harness.html"), HARNESS).expect("written");
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]);
    command.args(["--disable-dev-shm-usage", "--no-first-run", "--allow-file-access-from-files"]);
    command.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
    command.args(["--virtual-time-budget=20000", "--dump-dom"]);
    command.arg(format!("file://{}", folder.path().join("harness.html").display()));
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut pipe = child.stdout.take().expect("a pipe");
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let started = Instant::now();
    while child.try_wait().expect("a state").is_none() {
        if started.elapsed() > PATIENCE {
            child.kill().expect("killed");
            panic!("the browser does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let page = reading.join().expect("read").expect("text");
    let result = page.split(r#"<pre id="result">"#).nth(1).and_then(|rest| rest.split("</pre>").next());
    let result = result.unwrap_or_else(|| panic!("no result in {page}"));
    let result = result.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    serde_json::from_str(&result).unwrap_or_else(|error| panic!("{error} in {page}"))
}

#[test]
fn the_page_filters_and_searches_and_runs_nothing_that_a_server_sent() {
    let Some(browser) = browser() else {
        assert!(std::env::var_os("SYNCPROOF_REQUIRE_BROWSER").is_none_or(|value| value != "1"), "there is no browser");
        eprintln!(
            "SKIPPED: there is no Chromium, so nobody looked at the HTML report (SYNCPROOF_REQUIRE_BROWSER=1 forbids that)"
        );
        return;
    };
    let specimen = Specimen::start(&[]);
    let blurts =
        "</script></pre><script>window.pwned = 'a sent script'</script><img src=x: onerror=window.pwned=1> \u{202e}";
    let hostile = Hostile::in_front_of(&specimen.base, blurts);
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report.html");
    let json = folder.path().join("report.json");
    let (flag, json_flag) = (format!("html={}", report.display()), format!("json={}", json.display()));
    let target = format!("http://{}", hostile.address);
    let output = run_against(
        &target,
        &["--report", &flag, "--report", &json_flag, "--filter", "pull/*", "--filter", "workspace/*", "--seed", "7"],
    );
    assert_eq!(output.code, 1, "{output:?}");
    let page = fs::read_to_string(&report).expect("a page");
    assert!(page.contains("window.pwned") && !page.contains(SECRET), "the hostile text is on the page");
    assert!(!page.contains('\u{202e}'), "what reorders text is written out");
    let external = ["http://", "https://", "//"].iter().any(|start| {
        ["src=\"", "href=\"", "url("].iter().any(|attribute| page.contains(&format!("{attribute}{start}")))
    });
    assert!(!external, "the page refers to something outside");

    let seen = look(browser, &report);
    let cases = page.matches("data-status=\"").count();
    assert_eq!(seen["all"], cases, "{seen:#}");
    assert_eq!(seen["overflow"], 0, "the page scrolls sideways on a phone: {seen:#}");
    assert_eq!(seen["cut"], serde_json::json!([]), "something is cut off on a phone: {seen:#}");
    assert_eq!(seen["openOverflow"], 0, "the page scrolls sideways when all is open: {seen:#}");
    assert_eq!(seen["openCut"], serde_json::json!([]), "something is cut off when all is open: {seen:#}");
    assert_eq!(seen["broken"], serde_json::json!([]), "links that lead nowhere: {seen:#}");
    assert_eq!(seen["timeline"], serde_json::json!([true, true, true]), "{seen:#}");
    assert_eq!(seen["followed"], serde_json::json!([true, ""]), "{seen:#}");
    let run: Value = serde_json::from_str(&fs::read_to_string(&json).expect("a report")).expect("JSON");
    let causes = run["causes"].as_array().expect("causes");
    assert!(!causes.is_empty());
    assert_eq!(seen["causes"], causes.len(), "{seen:#}");
    let shown: Vec<&str> =
        seen["requirements"].as_array().expect("requirements").iter().filter_map(Value::as_str).collect();
    assert_eq!(shown.len(), LEDGER.len(), "{seen:#}");
    for requirement in LEDGER {
        let anchor = format!("req-{} ", requirement.id.replace('.', "-"));
        assert!(shown.iter().any(|shown| shown.starts_with(&anchor)), "{} is not on the page", requirement.id);
    }
    for requirement in causes.iter().filter_map(|cause| cause["requirement"].as_str()) {
        let row = format!("req-{} broken", requirement.replace('.', "-"));
        assert!(shown.contains(&row.as_str()), "{row} is not on the page: {shown:#?}");
    }
    let searched = ["case-pull-from-every-cursor", "case-pull-from-every-cursor-after-collection"];
    assert_eq!(seen["searched"], serde_json::json!(searched), "{seen:#}");
    assert_eq!(seen["said"], format!("2 of {cases} shown"), "{seen:#}");
    assert_eq!(seen["afterSearch"], "#q=EVERY-cursor%20pull", "{seen:#}");
    assert_eq!(seen["nothing"], serde_json::json!([0, true]), "{seen:#}");
    assert_eq!(seen["reset"], serde_json::json!([cases, ""]), "{seen:#}");
    let passed = page.matches("data-status=\"passed\"").count();
    assert!(passed > 0 && passed < cases, "{passed} of {cases} passed");
    assert_eq!(seen["passed"], serde_json::json!([passed, ["passed"]]), "{seen:#}");
    assert_eq!(seen["afterFilter"], "#status=passed", "{seen:#}");
    assert_eq!(seen["both"], serde_json::json!(["failed", "passed"]), "{seen:#}");
    let linked = serde_json::json!([searched, "every-cursor", true]);
    assert_eq!(seen["linked"], linked, "{seen:#}");
    assert_eq!(seen["pwned"], Value::Null, "{seen:#}");
    assert_eq!(seen["scripts"], 0, "{seen:#}");
}
