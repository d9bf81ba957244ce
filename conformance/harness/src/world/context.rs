//! What a case is given: the target, the seed, and a way to create users that no other case has.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

use super::case_slot::CaseSlot;
use super::endpoint_call::workspace_path;
use super::homes::Homes;
use crate::client::{Client, Pace, Proof, Recorder, Request, ResponseMonitor};
use crate::credential::{CredentialError, Credentials, Forgery, Headers, Identity, Login, Minter, UserLease};
use crate::redaction::Secrets;
use crate::targets::Target;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::{self, Endpoint};
use syncproof_protocol::failure::{Checked, Failure, Phase, Stop};
use syncproof_protocol::table::{TABLES, Table};
use syncproof_protocol::wire::{Id, Role, WorkspacesAnswer};

/// Far more names than one run of a case creates.
const NAMES_OF_AN_ATTEMPT: u64 = 1_000_000;

/// What all cases of one run share.
#[derive(Debug)]
pub struct Run {
    /// The server under test.
    pub target: Target,
    /// Where credentials come from.
    pub credentials: Arc<Credentials>,
    /// The same seed makes the same random choices.
    pub seed: u64,
    /// Part of every name that the run creates, so that no other run has the same name.
    pub name: String,
    /// Sees every answer.
    pub watch: Arc<ResponseMonitor>,
    /// What must not appear in a report.
    pub secrets: Arc<Secrets>,
    /// Its rate limit and its timeouts.
    pub pace: Arc<Pace>,
}

impl Run {
    /// A run with a unique name.
    #[must_use]
    pub fn new(target: Target, credentials: Credentials, seed: u64) -> Self {
        let name = uuid::Uuid::new_v4().simple().to_string()[..10].to_owned();
        let (watch, secrets, pace) = (Arc::default(), Arc::default(), Arc::default());
        let credentials = Arc::new(credentials);
        Run { target, credentials, seed, name, watch, secrets, pace }
    }
}

/// What one case is given. Clones share the same state.
#[derive(Debug, Clone)]
pub struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    run: Arc<Run>,
    case: &'static str,
    homes: Homes,
    client: Client,
    recorder: Arc<Recorder>,
    invented: AtomicU64,
    advice: Mutex<Vec<Failure>>,
    /// Released while the case only waits.
    slot: Arc<CaseSlot>,
    /// The users of a fixed list that are reserved for the case until its end.
    lease: UserLease,
    /// The users whose workspaces are to be cleaned up at the end.
    listed_users: Mutex<Vec<ListedUser>>,
    /// The homes whose log was collected before the case began, each with the version that was its head then.
    collected: Mutex<HashMap<Id, u64>>,
}

/// A user of a fixed list, with the workspaces that they had before the case.
#[derive(Debug)]
struct ListedUser {
    client: Client,
    before: Vec<Id>,
}

impl Context {
    /// The context of the case with that id.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(run: Arc<Run>, case: &'static str) -> Result<Self, String> {
        Self::of_attempt(run, case, Homes::New, 0, Arc::default())
    }

    /// The context of a rerun of the case, with its slot: the same random choices, other users.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub(crate) fn of_attempt(
        run: Arc<Run>,
        case: &'static str,
        homes: Homes,
        attempt: u32,
        slot: Arc<CaseSlot>,
    ) -> Result<Self, String> {
        let recorder = Recorder::paced(case, Arc::clone(&run.watch), Arc::clone(&run.pace));
        let recorder = Arc::new(recorder.of_run(&run.name, &run.target.base, Arc::clone(&run.secrets)));
        let client = Client::anonymous(&run.target.base, &run.target.tls, Arc::clone(&recorder))?;
        let (invented, advice) = (AtomicU64::new(u64::from(attempt) * NAMES_OF_AN_ATTEMPT), Mutex::default());
        let (lease, listed_users, collected) = (UserLease::default(), Mutex::default(), Mutex::default());
        let inner =
            Inner { run, case, homes, client, recorder, invented, advice, slot, lease, listed_users, collected };
        Ok(Context(Arc::new(inner)))
    }

    /// The server under test.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.0.run.target
    }

    /// What it shares with all cases.
    #[must_use]
    pub fn shared_run(&self) -> Arc<Run> {
        Arc::clone(&self.0.run)
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

    /// Whether the target has that capability: for cases that check more where they can.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        capability.is_met_by(&self.0.run.target.capabilities)
    }

    /// What the homes of the case's users have behind them.
    pub(super) fn homes(&self) -> Homes {
        self.0.homes
    }

    /// The version after which the log of that workspace begins: 0, unless it was collected before the case began.
    #[must_use]
    pub fn collected_through(&self, workspace: &Id) -> u64 {
        let collected = self.0.collected.lock().unwrap_or_else(PoisonError::into_inner);
        collected.get(workspace).copied().unwrap_or_default()
    }

    /// Notes that the log of that workspace was collected through that version, its head.
    pub(super) fn was_collected(&self, workspace: &Id, head: u64) {
        self.0.collected.lock().unwrap_or_else(PoisonError::into_inner).insert(workspace.clone(), head);
    }

    /// The endpoints that the target has.
    pub fn endpoints(&self) -> impl Iterator<Item = &'static Endpoint> {
        endpoint::offered(|capability| self.has(capability))
    }

    /// The tables of cases that loop over every table: all seven, but for those of which the target refuses or hides the
    /// deletes, as was seen before the run. `push/all-tables` tells of these, so that not every case does.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let apart = &self.0.run.target.tables_apart;
        TABLES.into_iter().filter(|table| !apart.contains(&table.name)).collect()
    }

    /// The tables in which a record that never existed may be deleted: [`Context::tables`], but not `notifications` on a target with
    /// private notifications, which cannot know to whom the deletion of an unknown record belongs.
    #[must_use]
    pub fn tables_to_delete_from(&self) -> Vec<Table> {
        let private = self.has(Capability::PrivateNotifications);
        self.tables().into_iter().filter(|table| !private || table.name != "notifications").collect()
    }

    /// The exchanges of the case.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    /// The exchanges of the case, as a shared handle.
    #[must_use]
    pub fn shared_recorder(&self) -> Arc<Recorder> {
        Arc::clone(&self.0.recorder)
    }

    /// A client without a credential.
    #[must_use]
    pub fn anonymous(&self) -> &Client {
        &self.0.client
    }

    /// A random generator that gives the same numbers for the same seed and case.
    #[must_use]
    pub fn rng(&self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.0.run.seed ^ self.hash())
    }

    /// A hash of the case id. It is FNV-1a, because the hash of the standard library may change between releases and the
    /// choices of a seed may not.
    fn hash(&self) -> u64 {
        self.0
            .case
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }

    /// A name that is unique in this run and among runs.
    #[must_use]
    pub fn name(&self, label: &str) -> String {
        let number = self.0.invented.fetch_add(1, Ordering::Relaxed);
        let case = self.0.case.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        format!("{label}-{}-{case}-{number}", self.0.run.name)
    }

    /// The pk of the record with that label. All users of the case share it and no other case has it, so that a server
    /// which shares keys between workspaces fails only the cases about that.
    #[must_use]
    pub fn pk(&self, label: &str) -> String {
        format!("{}-{:08x}-{label}", self.0.run.name, self.hash() >> 32)
    }

    /// An identity that the target has never seen.
    #[must_use]
    pub fn identity(&self, label: &str) -> Identity {
        let subject = self.name(label);
        Identity {
            provider: self.0.run.credentials.provider().to_owned(),
            email: format!("{subject}@example.test"),
            name: label.to_owned(),
            subject,
        }
    }

    /// A credential for that identity.
    ///
    /// # Errors
    /// Skips the case when no credential is available; fails its setup when getting one fails.
    pub async fn credential(&self, wish: &Identity) -> Checked<Login> {
        // Waiting for a user that another case still has is not the fault of the target.
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

    /// Registers a minted credential with the recorder.
    fn minted(&self, header: (String, String), proof: Proof) -> Headers {
        self.0.recorder.secrets().keep_header(&header.1);
        let headers = vec![header];
        self.0.recorder.register_credential(&headers, proof);
        headers
    }

    /// A credential for exactly that identity.
    ///
    /// # Errors
    /// As [`Context::credential`]; also skips the case with a fixed list of users.
    pub async fn exact_credential(&self, identity: &Identity) -> Checked<Headers> {
        if !self.0.run.credentials.invents() {
            return Err(Stop::Skipped("a fixed list of users cannot provide a chosen identity".to_owned()));
        }
        Ok(self.credential(identity).await?.headers)
    }

    fn minter(&self) -> Checked<&Minter> {
        self.0.run.credentials.minter().ok_or_else(|| Stop::Skipped("no secret to mint with".into()))
    }

    /// An invalid credential of that kind.
    ///
    /// # Errors
    /// Skips the case when none can be minted.
    pub fn forged(&self, identity: &Identity, forgery: Forgery) -> Checked<Headers> {
        let header = self.minter()?.forged(identity, forgery).map_err(no_credential)?;
        Ok(self.minted(header, Proof::Forged(identity.clone(), forgery)))
    }

    /// A valid credential that expires after so many seconds; with a negative number it has expired that long ago.
    ///
    /// # Errors
    /// Skips the case when none can be minted.
    pub fn credential_ending_in(&self, identity: &Identity, seconds: i64) -> Checked<Headers> {
        let header = self.minter()?.ending_in(identity, seconds).map_err(no_credential)?;
        Ok(self.minted(header, Proof::EndingIn(identity.clone(), seconds)))
    }

    /// A credential that begins to be valid after so many seconds; with a negative number it has begun that long ago.
    ///
    /// # Errors
    /// Skips the case when none can be minted.
    pub fn credential_beginning_in(&self, identity: &Identity, seconds: i64) -> Checked<Headers> {
        let header = self.minter()?.beginning_in(identity, seconds).map_err(no_credential)?;
        Ok(self.minted(header, Proof::BeginningIn(identity.clone(), seconds)))
    }

    /// A credential with the claims of this object in place of those that it would have, or beside them.
    ///
    /// # Errors
    /// Skips the case when none can be minted.
    pub fn credential_with_claims(&self, identity: &Identity, others: &serde_json::Value) -> Checked<Headers> {
        let header = self.minter()?.with_claims(identity, others).map_err(no_credential)?;
        Ok(self.minted(header, Proof::Unknown))
    }

    /// A client with the credential of a user that the target has never seen, before their first request.
    ///
    /// # Errors
    /// As [`Context::credential`]; also skips the case with a fixed list of users, since it is unknown which of them the
    /// target has seen.
    pub async fn newcomer(&self, label: &str) -> Checked<(Identity, Client)> {
        if !self.0.run.credentials.invents() {
            return Err(Stop::Skipped(
                "with a fixed list of users, it is unknown whom the target has never seen".to_owned(),
            ));
        }
        self.identity_with_client(label).await
    }

    /// A client with the credential of a user that no other case uses at the same time.
    ///
    /// # Errors
    /// As [`Context::credential`].
    pub async fn identity_with_client(&self, label: &str) -> Checked<(Identity, Client)> {
        let login = self.credential(&self.identity(label)).await?;
        let client = self.0.client.with_credential(label, &login.headers);
        Ok((login.identity, client))
    }

    /// Registers a user of a fixed list, with the workspaces that they already have.
    pub(super) fn restore_later(&self, client: Client, before: Vec<Id>) {
        self.0.listed_users.lock().unwrap_or_else(PoisonError::into_inner).push(ListedUser { client, before });
    }

    /// Deletes the workspaces that the case created for users of a fixed list. Errors are ignored, since the case already
    /// has its verdict.
    pub(crate) async fn restore_listed_users(&self) {
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

    /// Waits for a second, for targets that report times in whole seconds. No request shows that the target's clock has
    /// advanced, so this waits and does not poll. It does not count against the deadline of the case.
    pub async fn next_second(&self) {
        let _wait = self.0.recorder.waiting().begin();
        self.release_while(tokio::time::sleep(Duration::from_millis(1050))).await;
    }

    /// How many seconds a case waits that looks whether something expires; with `--long` it is minutes.
    #[must_use]
    pub fn expiry_seconds(&self) -> u64 {
        self.0.run.pace.expiry_seconds()
    }

    /// Lets that time pass.
    pub async fn wait_for_expiry(&self) {
        for _ in 0..self.expiry_seconds() {
            self.next_second().await;
        }
    }

    /// A short pause between two polls of a target that is expected to change.
    pub async fn pause(&self) {
        self.pause_for(Duration::from_millis(250)).await;
    }

    /// A pause of that length. Other cases act meanwhile.
    pub async fn pause_for(&self, time: Duration) {
        self.release_while(tokio::time::sleep(time)).await;
    }

    /// Runs a future that only waits, and lets other cases act meanwhile.
    async fn release_while<T>(&self, wait: impl Future<Output = T>) -> T {
        self.0.slot.release_while(self.0.recorder.waiting(), wait).await
    }

    /// A very short pause between two of many requests, so that they spread over time.
    pub async fn short_pause(&self) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    /// Checks a SHOULD: a failure becomes a warning, and the case continues.
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
            let mut failure = Failure::new("session.provisions-user", "no credential is available", "one", reason);
            failure.phase = Phase::Setup;
            failure.into()
        }
    }
}
