//! The formats of reports, and where reports are written. Outputs are opened before the run; each file is written
//! completely at its end or not at all.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tempfile::NamedTempFile;

use super::analysis::Analysis;
use super::badge;
use super::github::{annotations, summary};
use super::html::html;
use super::human::Human;
use super::json::json;
use super::junit::junit;
use super::subject::Subject;
use syncproof_harness::exit::{CliError, Exit};

/// The formats of a report. What else a new one needs is in `CONTRIBUTING.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text for the terminal.
    Human,
    /// One JSON document.
    Json,
    /// JUnit XML.
    Junit,
    /// GitHub Actions: annotations on standard output, a summary in Markdown in a file.
    Github,
    /// One HTML page.
    Html,
    /// The result in a few words, as an SVG picture.
    Badge,
    /// The same as JSON for endpoint badges of shields.io.
    BadgeJson,
}

impl Format {
    /// Every format, with its name on the command line and in the configuration file.
    const NAMED: [(&str, Format); 7] = [
        ("human", Format::Human),
        ("json", Format::Json),
        ("junit", Format::Junit),
        ("github", Format::Github),
        ("html", Format::Html),
        ("badge", Format::Badge),
        ("badge-json", Format::BadgeJson),
    ];
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Format::NAMED.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, format)| format).ok_or_else(|| {
            let names = Format::NAMED.map(|(known, _)| known).join(", ");
            format!("unknown format `{name}`; the formats are {names}")
        })
    }
}

/// One requested report: `FORMAT=FILE`, where the file `-` is standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSpec {
    /// The text of the request, for messages.
    asked: String,
    /// The format.
    format: Format,
    /// The file; None for standard output.
    file: Option<PathBuf>,
}

impl FromStr for ReportSpec {
    type Err = CliError;

    fn from_str(asked: &str) -> Result<Self, CliError> {
        let wrong = |why: &str| CliError::usage(format!("--report {asked}: {why}"));
        let (format, file) = asked
            .split_once('=')
            .ok_or_else(|| wrong("it must have the form FORMAT=FILE, such as junit=report.xml"))?;
        let format = format.parse().map_err(|why: String| wrong(&why))?;
        let file = match file {
            "" => return Err(wrong("the name of the file is missing")),
            "-" => None,
            file => Some(PathBuf::from(file)),
        };
        Ok(ReportSpec { asked: asked.to_owned(), format, file })
    }
}

/// All outputs of a run, opened for writing.
#[derive(Debug)]
pub struct Outputs {
    sinks: Vec<(ReportSpec, Sink)>,
    annotations: bool,
    summary: Option<(PathBuf, File)>,
    stdout: Format,
}

#[derive(Debug)]
enum Sink {
    /// A new file beside the old one, which it replaces at the end.
    Replaced(NamedTempFile, PathBuf),
    /// A pipe or a device, which cannot be replaced.
    Direct(File),
}

impl Outputs {
    /// Opens every output before the run. `stdout` is the format that `--format` requests for standard output;
    /// `step_summary` is the file that GitHub Actions provides for a summary.
    ///
    /// # Errors
    /// A sentence that names what cannot be written, or what was requested twice.
    pub fn open(
        wanted: Vec<ReportSpec>,
        stdout: Option<Format>,
        step_summary: Option<&OsStr>,
    ) -> Result<Self, CliError> {
        let (to_stdout, to_files): (Vec<ReportSpec>, Vec<ReportSpec>) =
            wanted.into_iter().partition(|wanted| wanted.file.is_none());
        let annotations = to_stdout.iter().any(|wanted| wanted.format == Format::Github);
        let mut documents: Vec<Format> = stdout.into_iter().collect();
        documents.extend(to_stdout.iter().map(|wanted| wanted.format).filter(|format| *format != Format::Github));
        documents.dedup();
        let stdout = match documents[..] {
            [] => Format::Human,
            [only] => only,
            _ => return Err(CliError::usage("only one report can go to standard output; give the others a file")),
        };
        if annotations && stdout != Format::Human {
            let message = "--report github=-: annotations would break the other report on standard output";
            return Err(CliError::usage(message));
        }
        let mut sinks: Vec<(ReportSpec, Sink)> = Vec::new();
        let mut taken: Vec<PathBuf> = Vec::new();
        for wanted in to_files {
            let Some(file) = &wanted.file else { continue };
            let (place, sink) = open(&wanted.asked, file)?;
            if taken.contains(&place) {
                let message = format!("--report {}: another report goes to the same file", wanted.asked);
                return Err(CliError::usage(message));
            }
            taken.push(place);
            sinks.push((wanted, sink));
        }
        let summary = step_summary.filter(|path| annotations && !path.is_empty()).map(Path::new);
        let summary = summary.map(|path| Ok((path.to_owned(), append_to(path)?))).transpose()?;
        // If the run is killed, an old report must not be mistaken for its report.
        for (_, sink) in &sinks {
            if let Sink::Replaced(_, place) = sink
                && place.exists()
            {
                std::fs::remove_file(place).map_err(|error| {
                    CliError::usage(format!("the old report {} cannot be removed: {error}", place.display()))
                })?;
            }
        }
        Ok(Outputs { sinks, annotations, summary, stdout })
    }

    /// The format on standard output, apart from annotations.
    #[must_use]
    pub fn stdout(&self) -> Format {
        self.stdout
    }

    /// The first report that is written to a file of its own, as it was named; no pipe and no device.
    #[must_use]
    pub fn first_file(&self) -> Option<&Path> {
        let is_file = |(_, sink): &&(ReportSpec, Sink)| matches!(sink, Sink::Replaced(..));
        self.sinks.iter().find(is_file).and_then(|(wanted, _)| wanted.file.as_deref())
    }

    /// Whether any file is written.
    #[must_use]
    pub fn has_files(&self) -> bool {
        !self.sinks.is_empty() || self.summary.is_some()
    }

    /// What is printed at the end of the run in addition to the human report: a document and annotations.
    ///
    /// # Errors
    /// When the report cannot be made.
    pub fn printed(&self, subject: &Subject, finished: &Analysis<'_>) -> Result<String, CliError> {
        let mut text = match self.stdout {
            Format::Human => String::new(),
            format => rendered(format, subject, finished).map_err(CliError::fault)?,
        };
        if self.annotations {
            text.push_str(&annotations(subject, finished));
        }
        Ok(text)
    }

    /// Writes every file. An error in one does not prevent the others.
    ///
    /// # Errors
    /// A sentence that names each report that could not be written. A pipe that its reader has closed (`/dev/stdout`, a
    /// named pipe) is not a fault of the suite.
    pub fn write(mut self, subject: &Subject, finished: &Analysis<'_>) -> Result<(), CliError> {
        let summary = self.summary.take().map(|(path, mut file)| {
            let written = file.write_all(summary(subject, finished).as_bytes());
            written.map_err(|error| {
                CliError::fault(format!("the step summary {} cannot be written: {error}", path.display()))
            })
        });
        let written = self.write_as(|format| rendered(format, subject, finished));
        match (written, summary.unwrap_or(Ok(()))) {
            (Err(files), Err(summary)) => Err(CliError::fault(format!("{}\n{}", files.message, summary.message))),
            (files, summary) => files.and(summary),
        }
    }

    /// Writes every file with the text that `rendered` makes for its format. An error in one does not prevent the others.
    ///
    /// # Errors
    /// As [`Outputs::write`].
    pub fn write_as(self, rendered: impl Fn(Format) -> Result<String, String>) -> Result<(), CliError> {
        let mut errors = Vec::new();
        let mut is_unread = false;
        for (wanted, sink) in self.sinks {
            let written = rendered(wanted.format).map_err(io::Error::other);
            match written.and_then(|text| sink.write(&text)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => is_unread = true,
                Err(error) => errors.push(format!("the report {} cannot be written: {error}", wanted.asked)),
            }
        }
        match (errors.is_empty(), is_unread) {
            (true, false) => Ok(()),
            (true, true) => {
                Err(CliError { exit: Exit::ReaderGone, message: "the reader of a report closed it early".into() })
            }
            (false, _) => Err(CliError::fault(errors.join("\n"))),
        }
    }
}

/// A report in that format.
fn rendered(format: Format, subject: &Subject, finished: &Analysis<'_>) -> Result<String, String> {
    match format {
        Format::Human => human(subject, finished).map_err(|error| error.to_string()),
        Format::Json => json(subject, finished),
        Format::Junit => junit(subject, finished),
        Format::Github => Ok(summary(subject, finished)),
        Format::Html => html(subject, finished),
        Format::Badge => badge::svg(finished),
        Format::BadgeJson => Ok(badge::json(finished)),
    }
}

fn human(subject: &Subject, finished: &Analysis<'_>) -> io::Result<String> {
    let mut human = Human::new(anstream::StripStream::new(Vec::new()), subject.clone(), true);
    human.open(finished.reports.len())?;
    for report in &finished.reports {
        human.case(report)?;
    }
    human.close(finished, finished.duration.as_secs_f64())?;
    Ok(String::from_utf8_lossy(&human.into_inner().into_inner()).into_owned())
}

impl Sink {
    fn write(self, text: &str) -> io::Result<()> {
        match self {
            Sink::Direct(mut file) => file.write_all(text.as_bytes()),
            Sink::Replaced(mut file, place) => {
                file.write_all(text.as_bytes())?;
                file.persist(&place).map(|_| ()).map_err(|error| error.error)
            }
        }
    }
}

/// Opens a file for a report. Returns its path and how it is written.
fn open(asked: &str, file: &Path) -> Result<(PathBuf, Sink), CliError> {
    let wrong = |why: String| CliError::usage(format!("--report {asked}: {why}"));
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = file.file_name().ok_or_else(|| wrong(format!("{} is not a file", file.display())))?;
    let folder = folder
        .canonicalize()
        .map_err(|error| wrong(format!("the folder {} cannot be opened: {error}", folder.display())))?;
    // A link is kept, and the file it points to is replaced.
    let place = file.canonicalize().unwrap_or_else(|_| folder.join(name));
    if place.is_dir() {
        return Err(wrong(format!("{} is a folder", file.display())));
    }
    let cannot = |error: io::Error| wrong(format!("{} cannot be written: {error}", file.display()));
    if place.exists() && !place.is_file() {
        let direct = OpenOptions::new().write(true).open(&place).map_err(cannot)?;
        return Ok((place, Sink::Direct(direct)));
    }
    let folder = place.parent().unwrap_or(&folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".syncproof-").permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let new = builder.tempfile_in(folder).map_err(cannot)?;
    Ok((place.clone(), Sink::Replaced(new, place)))
}

fn append_to(path: &Path) -> Result<File, CliError> {
    OpenOptions::new().append(true).create(true).open(path).map_err(|error| {
        CliError::usage(format!("the step summary {} (GITHUB_STEP_SUMMARY) cannot be written: {error}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(asked: &str) -> ReportSpec {
        asked.parse().expect("a report")
    }

    fn message(asked: &str) -> String {
        asked.parse::<ReportSpec>().expect_err("wrong").message
    }

    #[test]
    fn errors_say_what_is_wrong() {
        assert!(message("junit").contains("FORMAT=FILE"));
        assert!(message("xml=a.xml").contains("unknown format `xml`"));
        assert!(message("json=").contains("missing"));
    }

    #[test]
    fn one_report_goes_to_standard_output() {
        let open = |asked: &[&str], format| {
            let wanted = asked.iter().map(|asked| wanted(asked)).collect();
            Outputs::open(wanted, format, None).map(|outputs| outputs.stdout()).map_err(|error| error.message)
        };
        assert_eq!(open(&[], None), Ok(Format::Human));
        assert_eq!(open(&["github=-"], None), Ok(Format::Human));
        assert_eq!(open(&["junit=-"], None), Ok(Format::Junit));
        assert_eq!(open(&["json=-"], Some(Format::Json)), Ok(Format::Json));
        assert!(open(&["json=-", "html=-"], None).is_err());
        assert!(open(&["json=-"], Some(Format::Human)).is_err());
        assert!(open(&["github=-", "json=-"], None).is_err());
    }

    #[test]
    fn an_old_report_is_removed_before_the_run_and_an_unfinished_run_leaves_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.json");
        std::fs::write(&path, "old").expect("written");
        let outputs = Outputs::open(vec![wanted(&format!("json={}", path.display()))], None, None).expect("open");
        assert!(!path.exists());
        drop(outputs);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let outputs = Outputs::open(vec![wanted("json=/dev/null")], None, None).expect("open");
        assert!(matches!(outputs.sinks[0].1, Sink::Direct(_)));
    }
}
