//! What a case is given: the target, the seed, and the means to invent users that nobody else has.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

use super::case_slot::CaseSlot;
use super::endpoint_call::workspace_path;
use crate::client::{Client, Pace, Proof, Recorder, Request, ResponseMonitor};
use crate::credential::{CredentialError, Credentials, Forgery, Headers, Identity, Login, UserLease};
use crate::redaction::Secrets;
use crate::targets::Target;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::{self, Endpoint};
use syncproof_protocol::failure::{Checked, Failure, Phase, Stop};
use syncproof_protocol::table::{TABLES, Table};
use syncproof_protocol::wire::{Id, Role, WorkspacesAnswer};

/// The provider that invented users come from.
const PROVIDER: &str = "syncproof";

/// Far more names than one run of a case invents.
const NAMES_OF_AN_ATTEMPT: u64 = 1_000_000;

/// What all cases of one run share.
#[derive(Debug)]
pub struct Run {
    /// The server under test.
    pub target: Target,
    /// Where credentials come from.
    pub credentials: Arc<Credentials>,
    /// Repeats the choices of the run.
    pub seed: u64,
    /// Part of every name that the run invents, so that no other run has it.
    pub name: String,
    /// Sees every answer.
    pub watch: Arc<ResponseMonitor>,
    /// What no report may show.
    pub secrets: Arc<Secrets>,
    /// How fast it may go, and how patient it is.
    pub pace: Arc<Pace>,
}

impl Run {
    /// A run under a name that no other run has.
    #[must_use]
    pub fn new(target: Target, credentials: Credentials, seed: u64) -> Self {
        let name = uuid::Uuid::new_v4().simple().to_string()[..10].to_owned();
        let (watch, secrets, pace) = (Arc::default(), Arc::default(), Arc::default());
        let credentials = Arc::new(credentials);
        Run { target, credentials, seed, name, watch, secrets, pace }
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
    /// What it gives up while it only waits.
    turn: Arc<CaseSlot>,
    /// The users of a fixed list that the case has for itself, until its end.
    lease: UserLease,
    /// What is to be tidied up for them.
    listed_users: Mutex<Vec<ListedUser>>,
}

/// A user of a fixed list, with the workspaces that they had before the case.
#[derive(Debug)]
struct ListedUser {
    client: Client,
    before: Vec<Id>,
}

impl Context {
    /// The context of the case of that id.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(run: Arc<Run>, case: &'static str) -> Result<Self, String> {
        Self::of_attempt(run, case, 0, Arc::default())
    }

    /// The context of a further run of the case, with its turn: the same random choices, other users.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn of_attempt(run: Arc<Run>, case: &'static str, attempt: u32, turn: Arc<CaseSlot>) -> Result<Self, String> {
        let recorder = Recorder::paced(case, Arc::clone(&run.watch), Arc::clone(&run.pace));
        let recorder = Arc::new(recorder.of_run(&run.name, &run.target.base, Arc::clone(&run.secrets)));
        let client = Client::anonymous(&run.target.base, Arc::clone(&recorder))?;
        let (invented, advice) = (AtomicU64::new(u64::from(attempt) * NAMES_OF_AN_ATTEMPT), Mutex::default());
        let (lease, listed_users) = (UserLease::default(), Mutex::default());
        Ok(Context(Arc::new(Inner { run, case, client, recorder, invented, advice, turn, lease, listed_users })))
    }

    /// The server under test.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.0.run.target
    }

    /// The id of the case.
    #[must_use]
    pub fn case(&self) -> &'static str {
        self.0.case
    }

    /// Where credentials come from.
    #[must_use]
    pub fn credentials(&self) -> Arc<Credentials> {
        Arc::clone(&self.0.run.credentials)
    }

    /// Whether the target has that capability: for cases that see more where they can.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        capability.is_met_by(&self.0.run.target.capabilities)
    }

    /// The endpoints that the target has.
    pub fn endpoints(&self) -> impl Iterator<Item = &'static Endpoint> {
        endpoint::offered(|capability| self.has(capability))
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

    /// The same, to be handed on.
    #[must_use]
    pub fn shared_recorder(&self) -> Arc<Recorder> {
        Arc::clone(&self.0.recorder)
    }

    /// Asks without a credential.
    #[must_use]
    pub fn anonymous(&self) -> &Client {
        &self.0.client
    }

    /// Random choices: the same for the same seed and case.
    #[must_use]
    pub fn rng(&self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.0.run.seed ^ self.hash())
    }

    /// Tells this case from others. FNV-1a: the hash of the standard library may change from release to release, a seed
    /// may not.
    fn hash(&self) -> u64 {
        self.0
            .case
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }

    /// A name that nothing else in this run or another has.
    #[must_use]
    pub fn name(&self, label: &str) -> String {
        let number = self.0.invented.fetch_add(1, Ordering::Relaxed);
        let case = self.0.case.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        format!("{label}-{}-{case}-{number}", self.0.run.name)
    }

    /// The pk of a record that only this case, in this run, knows by that label: all users of the case share it, and no
    /// other case does, so that a server which mixes up workspaces stumbles where the case is about that.
    #[must_use]
    pub fn pk(&self, label: &str) -> String {
        format!("{}-{:08x}-{label}", self.0.run.name, self.hash() >> 32)
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
        // Waiting for a user whom another case has yet is no fault of the target's.
        let wait = self.0.recorder.waiting().begin();
        let login =
            self.release_while(self.0.run.credentials.issue(wish, &self.0.lease)).await.map_err(no_credential)?;
        drop(wait);
        if self.0.run.credentials.are_secret() {
            login.headers.iter().for_each(|(_, value)| self.0.recorder.secrets().keep_header(value));
        }
        self.0.recorder.register_credential(&login.headers, Proof::Good(login.identity.clone()));
        Ok(login)
    }

    /// Lets the recorder know of a minted credential.
    fn minted(&self, header: (String, String), proof: Proof) -> Headers {
        self.0.recorder.secrets().keep_header(&header.1);
        let headers = vec![header];
        self.0.recorder.register_credential(&headers, proof);
        headers
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
        let header = minter.forged(identity, forgery).map_err(no_credential)?;
        Ok(self.minted(header, Proof::Forged(identity.clone(), forgery)))
    }

    /// A credential like a good one that ends after so many seconds, or has ended that long ago when they are negative.
    ///
    /// # Errors
    /// Skips the case when none can be minted.
    pub fn credential_ending_in(&self, identity: &Identity, seconds: i64) -> Checked<Headers> {
        let minter = self.0.run.credentials.minter().ok_or_else(|| Stop::Skipped("no secret to mint with".into()))?;
        let header = minter.ending_in(identity, seconds).map_err(no_credential)?;
        Ok(self.minted(header, Proof::EndingIn(identity.clone(), seconds)))
    }

    /// A client with the credential of a person whom the target has never seen, before their first request.
    ///
    /// # Errors
    /// As [`Context::credential`]; skips the case also when a fixed list of users is in force: nobody knows whom of
    /// them the target has seen.
    pub async fn newcomer(&self, label: &str) -> Checked<(Identity, Client)> {
        if !self.0.run.credentials.invents() {
            return Err(Stop::Skipped("a fixed list of users cannot say whom the target has never seen".to_owned()));
        }
        self.identity_with_client(label).await
    }

    /// A client with the credential of a person who works in no other case meanwhile.
    ///
    /// # Errors
    /// As [`Context::credential`].
    pub async fn identity_with_client(&self, label: &str) -> Checked<(Identity, Client)> {
        let login = self.credential(&self.identity(label)).await?;
        let client = self.0.client.with_credential(label, &login.headers);
        Ok((login.identity, client))
    }

    /// Remembers a user of a fixed list, with the workspaces that they have already.
    pub(super) fn restore_later(&self, client: Client, before: Vec<Id>) {
        self.0.listed_users.lock().unwrap_or_else(PoisonError::into_inner).push(ListedUser { client, before });
    }

    /// Deletes the workspaces that the case made for users of a fixed list. What cannot be deleted stays: the verdict
    /// on the case is found already.
    pub async fn restore_listed_users(&self) {
        let listed_users = std::mem::take(&mut *self.0.listed_users.lock().unwrap_or_else(PoisonError::into_inner));
        for ListedUser { client, before } in listed_users {
            let answer = client.send(Request::get(endpoint::LIST_WORKSPACES.path)).await;
            let Ok(list) = answer.read::<WorkspacesAnswer>("workspace.list-order") else { continue };
            let own = list.workspaces.iter().filter(|entry| entry.role == Role::Owner && !before.contains(&entry.id));
            for entry in own {
                client.send(Request::delete(workspace_path(&entry.id))).await;
            }
        }
    }

    /// Lets a second pass, for targets that tell times in whole seconds. Nothing that a client could ask for tells that
    /// the target's clock has gone on, so this is a wait and no poll.
    pub async fn next_second(&self) {
        self.release_while(tokio::time::sleep(Duration::from_millis(1050))).await;
    }

    /// A short pause between two looks at a target that is to change by itself.
    pub async fn pause(&self) {
        self.release_while(tokio::time::sleep(Duration::from_millis(250))).await;
    }

    /// What comes of that, which is only a wait: meanwhile other cases act.
    async fn release_while<T>(&self, wait: impl Future<Output = T>) -> T {
        self.0.turn.release_while(self.0.recorder.waiting(), wait).await
    }

    /// A breath between two requests of many that run beside others, so that they spread over time.
    pub async fn short_pause(&self) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    /// Looks at a SHOULD: what is broken is told as a warning, and the case goes on.
    pub fn check_should(&self, outcome: Checked) {
        if let Err(Stop::Failed(failure)) = outcome {
            self.0.advice.lock().unwrap_or_else(PoisonError::into_inner).push(*failure);
        }
    }

    /// The warnings so far.
    #[must_use]
    pub fn broken_shoulds(&self) -> Vec<Failure> {
        self.0.advice.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn no_credential(reason: CredentialError) -> Stop {
    match reason {
        CredentialError::NotHere(reason) => Stop::Skipped(reason),
        CredentialError::Broken(reason) => {
            let mut failure = Failure::new("session.provisions-user", "no credential is to be had", "one", reason);
            failure.phase = Phase::Setup;
            failure.into()
        }
    }
}
