//! Which certificates of an `https` target are accepted, from flags, the environment and `syncproof.toml`.

use std::path::PathBuf;

use syncproof_harness::exit::CliError;
use syncproof_harness::tls::Tls;

/// The flags for `https` targets.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct TlsArgs {
    /// For an https target: accept only certificates that a CA in this PEM file has signed, instead of the CAs of the
    /// system [env: SYNCPROOF_CA_FILE]
    #[arg(long, value_name = "FILE", help_heading = "Target", conflicts_with = "insecure")]
    pub ca_file: Option<PathBuf>,
    /// For an https target: accept any certificate, so that anybody on the way can read the credentials
    /// [env: SYNCPROOF_INSECURE=true]
    #[arg(long, help_heading = "Target")]
    pub insecure: bool,
}

/// Which certificates of an `https` target are accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum TlsSettings {
    /// Those that the system accepts.
    #[default]
    System,
    /// Those that a CA in this file has signed.
    CaFile(PathBuf),
    /// All.
    Insecure,
}

impl TlsArgs {
    /// The flags as they were given.
    pub(crate) fn given(&self) -> Vec<String> {
        let ca_file =
            self.ca_file.iter().flat_map(|path| ["--ca-file".to_owned(), path.to_string_lossy().into_owned()]);
        ca_file.chain(self.insecure.then(|| "--insecure".to_owned())).collect()
    }

    /// The settings of the strongest layer that has one.
    ///
    /// # Errors
    /// When one layer names a CA file and accepts any certificate, or when the variable is neither true nor false.
    pub(super) fn resolve(
        &self,
        env: &impl Fn(&str) -> Option<String>,
        (ca_file, insecure): (Option<PathBuf>, Option<bool>),
    ) -> Result<TlsSettings, CliError> {
        let variable = env("SYNCPROOF_INSECURE").map(|text| {
            let wrong = |_| CliError::usage(format!("SYNCPROOF_INSECURE is `{text}`: it has to be true or false"));
            text.parse::<bool>().map_err(wrong)
        });
        let layers = [
            ("the flags", self.ca_file.clone(), self.insecure.then_some(true)),
            ("the environment", env("SYNCPROOF_CA_FILE").map(PathBuf::from), variable.transpose()?),
            ("the configuration file", ca_file, insecure),
        ];
        for (place, ca_file, insecure) in layers {
            match (ca_file, insecure) {
                (Some(_), Some(true)) => {
                    let message = format!("{place} give a CA file and accept any certificate; keep one of them");
                    return Err(CliError::usage(message));
                }
                (Some(path), _) => return Ok(TlsSettings::CaFile(path)),
                (None, Some(true)) => return Ok(TlsSettings::Insecure),
                (None, Some(false)) => return Ok(TlsSettings::System),
                (None, None) => {}
            }
        }
        Ok(TlsSettings::System)
    }
}

impl TlsSettings {
    /// For targets at these addresses.
    ///
    /// # Errors
    /// When there are no certificates to compare with.
    pub(crate) fn open(&self, addresses: &[String]) -> Result<Tls, CliError> {
        let tls = match self {
            _ if !addresses.iter().any(|address| address.starts_with("https://")) => Tls::none(),
            TlsSettings::System => Tls::of_the_system(),
            TlsSettings::CaFile(path) => Tls::of_ca_file(path),
            TlsSettings::Insecure => Tls::unverified(),
        };
        tls.map_err(CliError::usage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_outweigh_the_environment_which_outweighs_the_file() {
        let file = (Some(PathBuf::from("file.pem")), None);
        let settled = |flags: &TlsArgs, name: &'static str, value: &'static str| {
            flags.resolve(&|asked: &str| (asked == name).then(|| value.to_owned()), file.clone())
        };
        let none = TlsArgs::default();
        assert_eq!(settled(&none, "", ""), Ok(TlsSettings::CaFile("file.pem".into())));
        assert_eq!(settled(&none, "SYNCPROOF_CA_FILE", "env.pem"), Ok(TlsSettings::CaFile("env.pem".into())));
        assert_eq!(settled(&none, "SYNCPROOF_INSECURE", "true"), Ok(TlsSettings::Insecure));
        assert_eq!(settled(&none, "SYNCPROOF_INSECURE", "false"), Ok(TlsSettings::System));
        assert!(settled(&none, "SYNCPROOF_INSECURE", "yes").expect_err("wrong").message.contains("SYNCPROOF_INSECURE"));
        let flags = TlsArgs { ca_file: Some("flag.pem".into()), ..TlsArgs::default() };
        assert_eq!(settled(&flags, "SYNCPROOF_INSECURE", "true"), Ok(TlsSettings::CaFile("flag.pem".into())));
        let both = none.resolve(&|_| None, (Some("file.pem".into()), Some(true))).expect_err("wrong");
        assert!(both.message.contains("CA file"), "{both}");
    }
}
