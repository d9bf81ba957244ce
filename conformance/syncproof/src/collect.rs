//! Collects the events of a run into a finished report.

use std::ops::ControlFlow;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc;

use syncproof_harness::blocker::Blocker;
use syncproof_harness::case::{Case, CaseReport};
use syncproof_harness::event::Event;
use syncproof_harness::gate::Gate;
use syncproof_harness::redaction::Secrets;
use syncproof_report::{Finished, Selection, redacted, redacted_blocker};

/// What a run reports while it is running.
pub(crate) enum Progress<'a> {
    /// A case has started, or is run again.
    Started(&'static Case),
    /// A case has ended: its report with the secrets that it may hold, and without them.
    Ended { report: &'a CaseReport, redacted: &'a CaseReport },
    /// The run ends early.
    Aborted,
}

/// Receives the events of a run to the end, or until `on_progress` breaks. The report holds no secrets, and its cases
/// are in the order of `selected`.
pub(crate) async fn collect(
    mut events: mpsc::Receiver<Event>,
    gate: Gate,
    selected: &[&'static Case],
    secrets: &Secrets,
    blockers: &[Blocker],
    mut on_progress: impl FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Finished {
    let (started, since) = (SystemTime::now(), Instant::now());
    let blockers = blockers.iter().map(|blocker| redacted_blocker(blocker, secrets)).collect();
    let (reports, aborted, selection, duration) = (Vec::new(), None, Selection::default(), Duration::ZERO);
    let mut finished = Finished { reports, blockers, aborted, gate, selection, started, duration };
    while let Some(event) = events.recv().await {
        let flow = match event {
            Event::Started(case) | Event::Repeating(case) => on_progress(Progress::Started(case)),
            Event::Aborted(reason) => {
                finished.aborted = Some(secrets.text(&reason));
                on_progress(Progress::Aborted)
            }
            Event::Blocker(blocker) => {
                finished.blockers.push(redacted_blocker(&blocker, secrets));
                ControlFlow::Continue(())
            }
            Event::Finished(report) => {
                let redacted = redacted(&report, secrets);
                let flow = on_progress(Progress::Ended { report: &report, redacted: &redacted });
                finished.reports.push(redacted);
                flow
            }
        };
        if flow.is_break() {
            break;
        }
    }
    finished.duration = since.elapsed();
    finished.reports.sort_by_key(|report| selected.iter().position(|case| case.id == report.case.id));
    finished
}
