//! Merges the reports of the shards of one run.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::document::{EarlierCase, EarlierCause, EarlierFailure, EarlierReport};
use crate::finished::Finished;
use crate::selection::Selection;
use crate::subject::{Subject, requirements_digest};
use syncproof_harness::baseline::Baseline;
use syncproof_harness::blocker::Blocker;
use syncproof_harness::case::{Case, CaseReport};
use syncproof_harness::exit::CliError;
use syncproof_harness::gate::Gate;
use syncproof_harness::selection::{Shard, select};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::exchange::{Exchange, ShownExchange};
use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::milestone::Milestone;
use syncproof_protocol::requirement;

/// The run whose shards these are, judged as a whole.
///
/// # Errors
/// When they are not all the shards of one run of this suite: the sentence names the file and the field.
pub fn merge(
    shards: &[EarlierReport],
    all: &'static [Case],
    baseline: Option<Baseline>,
) -> Result<(Subject, Finished), CliError> {
    let first = shards.first().ok_or_else(|| CliError::usage("there are no reports to merge"))?;
    shards.iter().try_for_each(of_this_suite)?;
    shards.iter().try_for_each(|shard| of_one_run(first, shard))?;
    let filters = first.selection.as_ref().map(|selection| selection.filters.clone()).unwrap_or_default();
    let up_to = first.selection.as_ref().and_then(|selection| selection.up_to.as_deref());
    let up_to: Option<Milestone> =
        up_to.map(str::parse).transpose().map_err(|why: String| wrong(first, "selection.up_to", &why))?;
    let mut selected = select(all, &filters)?;
    selected.retain(|case| up_to.is_none_or(|up_to| case.is_due_by(up_to)));
    complete(shards, all, &selected)?;

    let mut subject = Subject::before(first.target.clone(), first.seed);
    subject.capabilities = capabilities(first)?;
    subject.settings = first.settings.clone().unwrap_or_default();
    let threshold = first.level;
    let gate = Gate { threshold, fail_fast: subject.settings.fail_fast, baseline: baseline.map(Arc::new) };
    let (mut reports, mut blockers, mut aborted) = (Vec::new(), Vec::<Blocker>::new(), None);
    for shard in shards {
        for name in shard.undeclared.iter().filter_map(|name| name.parse::<Capability>().ok()) {
            if !subject.undeclared.contains(&name.name()) {
                subject.undeclared.push(name.name());
            }
        }
        for cause in shard.causes.iter().filter(|cause| cause.cases.is_empty() && !cause.blocked.is_empty()) {
            subject.recorded_doctor.get_or_insert_with(|| cause.repeat.clone());
            if blockers.iter().all(|known| known.summary != cause.summary) {
                blockers.push(blocker(shard, cause)?);
            }
        }
        for case in &shard.cases {
            if let Some(repeat) = &case.repeat {
                subject.recorded.insert(case.id.clone(), repeat.clone());
            }
            if let Some(story) = &case.story {
                subject.stories.insert(case.id.clone(), story.clone());
            }
            let known = selected.iter().find(|known| known.id == case.id);
            let known = known.ok_or_else(|| wrong(shard, "cases", &format!("`{}` is no case", case.id)))?;
            reports.push(case_report(shard, case, known)?);
        }
        let reason = shard.aborted.as_ref().map(|reason| format!("{}: {reason}", shard.file));
        aborted = aborted.or(reason);
    }
    reports.sort_by_key(|report| selected.iter().position(|case| case.id == report.case.id));
    let (started, ended) = times(shards)?;
    let duration = ended.duration_since(started).unwrap_or_default();
    let selection = Selection::of(up_to, &selected, all).by(&filters, None);
    Ok((subject, Finished { reports, blockers, aborted, gate, selection, started, duration }))
}

fn wrong(report: &EarlierReport, field: &str, what: &str) -> CliError {
    CliError::usage(format!("{}: `{field}`: {what}", report.file))
}

/// Cases and requirements are looked up in this suite, so the report has to be of the same one.
fn of_this_suite(report: &EarlierReport) -> Result<(), CliError> {
    let own = env!("CARGO_PKG_VERSION");
    if report.syncproof != own {
        return Err(wrong(report, "syncproof", &format!("it is of version {}, and this is {own}", report.syncproof)));
    }
    let (own, of_report) = (requirements_digest(), report.requirements.as_deref().unwrap_or("missing"));
    if of_report != own {
        return Err(wrong(report, "requirements", &format!("it is {of_report}, and that of this suite is {own}")));
    }
    Ok(())
}

fn of_one_run(first: &EarlierReport, other: &EarlierReport) -> Result<(), CliError> {
    let fields = |report: &EarlierReport| {
        let selection = report.selection.as_ref();
        [
            ("target", report.target.clone()),
            ("capabilities", report.capabilities.join(",")),
            ("seed", report.seed.to_string()),
            ("settings", report.settings.as_ref().map(|settings| settings.text()).unwrap_or_default()),
            ("level", format!("{:?}", report.level).to_lowercase()),
            ("baseline", report.baseline.as_ref().map(|baseline| baseline.file.clone()).unwrap_or_default()),
            ("selection.up_to", selection.and_then(|selection| selection.up_to.clone()).unwrap_or_default()),
            ("selection.filters", selection.map(|selection| selection.filters.join(" ")).unwrap_or_default()),
        ]
    };
    for ((field, one), (_, another)) in fields(first).into_iter().zip(fields(other)) {
        if one != another {
            let what = format!("it is `{another}`, and `{one}` in {}: these are not shards of one run", first.file);
            return Err(wrong(other, field, &what));
        }
    }
    Ok(())
}

/// Checks that every shard is there once, with exactly its cases.
fn complete(shards: &[EarlierReport], all: &'static [Case], selected: &[&'static Case]) -> Result<(), CliError> {
    let mut seen: Vec<(Shard, &EarlierReport)> = Vec::new();
    for report in shards {
        let shard = report.selection.as_ref().and_then(|selection| selection.shard.as_deref());
        let shard =
            shard.ok_or_else(|| wrong(report, "selection.shard", "it is missing: this is no shard of a run"))?;
        let shard: Shard = shard.parse().map_err(|why: String| wrong(report, "selection.shard", &why))?;
        if let Some((_, other)) = seen.iter().find(|(known, _)| *known == shard) {
            return Err(wrong(report, "selection.shard", &format!("{shard} is also that of {}", other.file)));
        }
        if let Some((known, other)) = seen.first().filter(|(known, _)| known.count() != shard.count()) {
            let what = format!("it is {shard}, and {known} in {}: these are not shards of one run", other.file);
            return Err(wrong(report, "selection.shard", &what));
        }
        let part = shard.part_of(all, selected.to_vec());
        if let Some(missing) = part.iter().find(|case| report.case(case.id).is_none()) {
            return Err(wrong(
                report,
                "cases",
                &format!("`{}` is missing, which belongs to shard {shard}", missing.id),
            ));
        }
        if let Some(other) = report.cases.iter().find(|case| part.iter().all(|own| own.id != case.id)) {
            return Err(wrong(report, "cases", &format!("`{}` does not belong to shard {shard}", other.id)));
        }
        if report.cases.len() != part.len() {
            return Err(wrong(report, "cases", "a case is listed twice"));
        }
        seen.push((shard, report));
    }
    let count = seen.first().map_or(0, |(shard, _)| shard.count());
    // A shard without a case writes no report.
    let is_missing = |shard: &Shard| {
        seen.iter().all(|(known, _)| known != shard) && !shard.part_of(all, selected.to_vec()).is_empty()
    };
    let shards = (1..=count).filter_map(|number| format!("{number}/{count}").parse::<Shard>().ok());
    let missing: Vec<String> = shards.filter(is_missing).map(|shard| shard.to_string()).collect();
    match missing.as_slice() {
        [] => Ok(()),
        [one] => Err(CliError::usage(format!("the report of shard {one} is missing"))),
        more => Err(CliError::usage(format!("the reports of shards {} are missing", more.join(", ")))),
    }
}

fn capabilities(report: &EarlierReport) -> Result<Vec<&'static str>, CliError> {
    let known = |name: &String| name.parse::<Capability>().map(Capability::name);
    report.capabilities.iter().map(known).collect::<Result<_, _>>().map_err(|why| wrong(report, "capabilities", &why))
}

/// When the first shard began, and when the last one ended.
fn times(shards: &[EarlierReport]) -> Result<(SystemTime, SystemTime), CliError> {
    let mut times = Vec::new();
    for shard in shards {
        let started = chrono::DateTime::parse_from_rfc3339(&shard.started_at)
            .map_err(|error| wrong(shard, "started_at", &error.to_string()))?;
        let started = SystemTime::from(started);
        times.push((started, started + Duration::from_millis(shard.duration_ms)));
    }
    let started = times.iter().map(|(started, _)| *started).min();
    let ended = times.iter().map(|(_, ended)| *ended).max();
    Ok((started.unwrap_or(SystemTime::UNIX_EPOCH), ended.unwrap_or(SystemTime::UNIX_EPOCH)))
}

fn case_report(report: &EarlierReport, case: &EarlierCase, known: &'static Case) -> Result<CaseReport, CliError> {
    let mut read = CaseReport::without_run(known, case.status, String::new());
    read.reason.clone_from(&case.reason);
    read.reruns.clone_from(&case.reruns);
    (read.fault, read.requests) = (case.fault, case.requests);
    read.duration = Duration::from_millis(case.duration_ms);
    let failure = |EarlierFailure { requirement, phase, message, expected, actual, exchange }: &EarlierFailure| {
        failure(report, requirement, *phase, [message, expected, actual], exchange.as_ref())
    };
    let blocks = |cause: &&EarlierCause| cause.blocked.contains(&case.id);
    let blocked_by = report.causes.iter().find(blocks).and_then(|cause| requirement::find(&cause.requirement));
    read.blocked_by = blocked_by.map(|requirement| requirement.id);
    read.failures = case.failures().map(failure).collect::<Result<_, _>>()?;
    Ok(read)
}

fn blocker(report: &EarlierReport, cause: &EarlierCause) -> Result<Blocker, CliError> {
    let EarlierCause { summary, requirement, expected, actual, exchange, .. } = cause;
    let failure = failure(report, requirement, Phase::Check, [summary, expected, actual], exchange.as_ref())?;
    // What a blocker blocks is known already, so its endpoint does not matter any more.
    Ok(Blocker { summary: summary.clone(), endpoint: String::new(), has_no_effect: false, is_late: false, failure })
}

fn failure(
    report: &EarlierReport,
    id: &str,
    phase: Phase,
    [message, expected, actual]: [&String; 3],
    exchange: Option<&ShownExchange>,
) -> Result<Failure, CliError> {
    let known = requirement::find(id);
    let known = known.ok_or_else(|| wrong(report, "requirement", &format!("there is no requirement `{id}`")))?;
    let mut failure = Failure::new(known.id, message, expected, actual);
    failure.phase = phase;
    failure.exchange = exchange.map(|exchange| Arc::new(Exchange::from(exchange)));
    Ok(failure)
}
