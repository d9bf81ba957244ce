//! What a case is given: the target, the seed, and the means to invent users that nobody else has.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

use super::User;
use crate::capability::Capability;
use crate::client::{Client, Recorder, Watch};
use crate::credential::{Credentials, Forgery, Headers, Identity, Login, NoCredential};
use crate::failure::{Checked, Failure, Phase, Stop};
use crate::payload::{TABLES, Table};
use crate::target::Target;

/// The provider that invented users come from.
const PROVIDER: &str = "syncproof";

/// What all cases of one run share.
#[derive(Debug)]
pub struct Run {
    /// The server under test.
    pub target: Target,
    /// Where credentials come from.
    pub credentials: Credentials,
    /// Repeats the choices of the run.
    pub seed: u64,
    /// Part of every name that the run invents, so that no other run has it.
    pub name: String,
    /// Sees every answer.
    pub watch: Arc<Watch>,
}

impl Run {
    /// A run under a name that no other run has.
    #[must_use]
    pub fn new(target: Target, credentials: Credentials, seed: u64) -> Self {
        let name = uuid::Uuid::new_v4().simple().to_string()[..10].to_owned();
        Run { target, credentials, seed, name, watch: Arc::default() }
    }
}

/// What one case is given. Clones are handles to the same.
#[derive(Debug, Clone)]
pub struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    run: Arc<Run>,
    case: &'static str,
    client: Client,
    recorder: Arc<Recorder>,
    invented: AtomicU64,
    advice: Mutex<Vec<Failure>>,
}

impl Context {
    /// The context of the case of that id.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(run: Arc<Run>, case: &'static str) -> Result<Self, String> {
        let recorder = Arc::new(Recorder::new(case, Arc::clone(&run.watch)));
        let client = Client::anonymous(&run.target.base, Arc::clone(&recorder))?;
        let (invented, advice) = (AtomicU64::new(0), Mutex::default());
        Ok(Context(Arc::new(Inner { run, case, client, recorder, invented, advice })))
    }

    /// The server under test.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.0.run.target
    }

    /// Whether the target has that capability: for cases that see more where they can.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        self.0.run.target.capabilities.contains(&capability)
    }

    /// The tables of which a record may be deleted that never was: all seven, but for a target with private
    /// notifications, which cannot know for whom the deletion of an unknown one is.
    #[must_use]
    pub fn tables_to_delete_from(&self) -> Vec<Table> {
        let private = self.has(Capability::PrivateNotifications);
        TABLES.into_iter().filter(|table| !private || table.name != "notifications").collect()
    }

    /// What the case said and heard.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    /// Asks without a credential.
    #[must_use]
    pub fn anonymous(&self) -> &Client {
        &self.0.client
    }

    /// Random choices: the same for the same seed and case.
    #[must_use]
    pub fn rng(&self) -> ChaCha8Rng {
        // FNV-1a: the hash of the standard library may change from release to release, a seed may not.
        let hash =
            self.0.case.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        ChaCha8Rng::seed_from_u64(self.0.run.seed ^ hash)
    }

    /// A name that nothing else in this run or another has.
    #[must_use]
    pub fn name(&self, label: &str) -> String {
        let number = self.0.invented.fetch_add(1, Ordering::Relaxed);
        let case = self.0.case.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        format!("{label}-{}-{case}-{number}", self.0.run.name)
    }

    /// A person whom the target has never seen.
    #[must_use]
    pub fn identity(&self, label: &str) -> Identity {
        let subject = self.name(label);
        Identity {
            provider: PROVIDER.to_owned(),
            email: format!("{subject}@example.test"),
            name: label.to_owned(),
            subject,
        }
    }

    /// A credential for that identity.
    ///
    /// # Errors
    /// Skips the case when there is none to be had; fails its setup when the means to get one are broken.
    pub async fn credential(&self, wish: &Identity) -> Checked<Login> {
        self.0.run.credentials.issue(wish).await.map_err(no_credential)
    }

    /// A credential for exactly that identity.
    ///
    /// # Errors
    /// As [`Context::credential`]; skips the case also when a fixed list of users is in force.
    pub async fn exact_credential(&self, identity: &Identity) -> Checked<Headers> {
        if !self.0.run.credentials.invents() {
            return Err(Stop::Skipped("a fixed list of users cannot express an identity by name".to_owned()));
        }
        Ok(self.credential(identity).await?.headers)
    }

    /// A bad credential of that kind.
    ///
    /// # Errors
    /// Skips the case when none can be minted.
    pub fn forged(&self, identity: &Identity, forgery: Forgery) -> Checked<Headers> {
        let minter = self.0.run.credentials.minter().ok_or_else(|| Stop::Skipped("no secret to mint with".into()))?;
        Ok(vec![minter.forged(identity, forgery).map_err(no_credential)?])
    }

    /// A credential like a good one that ends after so many seconds, or has ended that long ago when they are negative.
    ///
    /// # Errors
    /// Skips the case when none can be minted.
    pub fn credential_ending_in(&self, identity: &Identity, seconds: i64) -> Checked<Headers> {
        let minter = self.0.run.credentials.minter().ok_or_else(|| Stop::Skipped("no secret to mint with".into()))?;
        Ok(vec![minter.ending_in(identity, seconds).map_err(no_credential)?])
    }

    /// A client with the credential of a person whom the target has never seen, before their first request.
    ///
    /// # Errors
    /// As [`Context::credential`].
    pub async fn newcomer(&self, label: &str) -> Checked<(Identity, Client)> {
        let login = self.credential(&self.identity(label)).await?;
        let client = self.0.client.with_credential(label, &login.headers);
        Ok((login.identity, client))
    }

    /// A new user, logged in and standing in their default workspace.
    ///
    /// # Errors
    /// As [`Context::credential`]; fails the setup when the login fails.
    pub async fn user(&self, label: &str) -> Checked<User> {
        let (identity, client) = self.newcomer(label).await?;
        User::log_in(self.clone(), identity, client).await
    }

    /// A new user at another server that the case started itself.
    ///
    /// # Errors
    /// As [`Context::user`].
    pub async fn user_at(&self, label: &str, base: &str) -> Checked<User> {
        let (identity, client) = self.newcomer(label).await?;
        User::log_in(self.clone(), identity, client.at(base).map_err(Stop::Skipped)?).await
    }

    /// Lets a second pass, for targets that tell times in whole seconds. Nothing that a client could ask for tells that
    /// the target's clock has gone on, so this is a wait and no poll.
    pub async fn next_second(&self) {
        tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    }

    /// Looks at a SHOULD: what is broken is told as a warning, and the case goes on.
    pub fn advise(&self, outcome: Checked) {
        if let Err(Stop::Failed(failure)) = outcome {
            self.0.advice.lock().unwrap_or_else(PoisonError::into_inner).push(*failure);
        }
    }

    /// The warnings so far.
    #[must_use]
    pub fn advice(&self) -> Vec<Failure> {
        self.0.advice.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn no_credential(reason: NoCredential) -> Stop {
    match reason {
        NoCredential::NotHere(reason) => Stop::Skipped(reason),
        NoCredential::Broken(reason) => {
            let mut failure = Failure::new("session.provisions-user", "no credential is to be had", "one", reason);
            failure.phase = Phase::Setup;
            failure.into()
        }
    }
}
