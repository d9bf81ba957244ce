//! A fixed list of users, for targets where the suite cannot create them.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::CredentialError;
use super::identity::Identity;
use super::login::{Headers, Login};

/// How many users are reserved for a case, if the list has so many.
const LEASE_SIZE: usize = 8;

/// Users with their headers. Each is used by many cases, one after the other, and never by two at the same time.
#[derive(Debug)]
pub struct CredentialList {
    users: Vec<ListedUser>,
    pool: Arc<Pool>,
}

/// The free users. A case waits only for its first user and never while it has some, so there is no deadlock.
#[derive(Debug)]
struct Pool {
    /// One permit for each full lease that the list can provide, and at least one.
    leases: Arc<Semaphore>,
    state: Mutex<State>,
    /// How many users are reserved for a case.
    lease: usize,
}

#[derive(Debug)]
struct State {
    /// The one that has been idle for longest comes first.
    idle: VecDeque<usize>,
    /// How many users current leases may still take, plus a full lease for each free permit.
    promised: usize,
}

/// The users of one case. Dropping it returns them.
#[derive(Debug, Default)]
pub struct UserLease(tokio::sync::Mutex<Option<LeasedUsers>>);

#[derive(Debug)]
struct LeasedUsers {
    pool: Arc<Pool>,
    users: Vec<usize>,
    _permit: OwnedSemaphorePermit,
}

impl LeasedUsers {
    /// One more user, unless the idle ones are reserved for other cases.
    fn take(&mut self) -> Option<usize> {
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_reserved = self.users.len() < self.pool.lease;
        if !is_reserved && state.idle.len() <= state.promised {
            return None;
        }
        let user = state.idle.pop_front()?;
        state.promised -= usize::from(is_reserved);
        self.users.push(user);
        Some(user)
    }
}

impl Drop for LeasedUsers {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.promised += self.users.len().min(self.pool.lease);
        state.idle.extend(self.users.drain(..));
    }
}

/// One entry of the file: `{"provider": …, "user": …, "headers": {"Authorization": …}}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedUser {
    #[serde(default)]
    provider: String,
    user: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    headers: std::collections::BTreeMap<String, String>,
}

impl CredentialList {
    /// Reads a file with a JSON array of users.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong in it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("the list of credentials {} cannot be read: {error}", path.display()))?;
        let users: Vec<ListedUser> = serde_json::from_str(&text)
            .map_err(|error| format!("the list of credentials {} is wrong: {error}", path.display()))?;
        if users.is_empty() {
            return Err(format!("the list of credentials {} is empty", path.display()));
        }
        Ok(CredentialList::of(users))
    }

    fn of(users: Vec<ListedUser>) -> Self {
        let lease = users.len().min(LEASE_SIZE);
        let leases = (users.len() / LEASE_SIZE).max(1);
        let state = Mutex::new(State { idle: (0..users.len()).collect(), promised: leases * lease });
        let pool = Arc::new(Pool { leases: Arc::new(Semaphore::new(leases)), state, lease });
        CredentialList { users, pool }
    }

    /// The user who has been idle for longest. The first call of a case waits for a free lease; the deadlines of the cases
    /// before it bound that wait.
    ///
    /// # Errors
    /// When all of them are in use by this case or reserved for others.
    pub async fn next(&self, lease: &UserLease) -> Result<Login, CredentialError> {
        let mut lease = lease.0.lock().await;
        let hold = match &mut *lease {
            Some(hold) => hold,
            none => {
                let permit = Arc::clone(&self.pool.leases).acquire_owned().await;
                let permit = permit.map_err(|error| CredentialError::Broken(error.to_string()))?;
                none.insert(LeasedUsers { pool: Arc::clone(&self.pool), users: Vec::new(), _permit: permit })
            }
        };
        let count = self.users.len();
        let user = hold.take().and_then(|index| self.users.get(index)).ok_or_else(|| {
            CredentialError::NotHere(format!("the case needs more users than the list of {count} has for it"))
        })?;
        let headers: Headers =
            user.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        let identity = Identity {
            provider: user.provider.clone(),
            subject: user.user.clone(),
            email: user.email.clone(),
            name: user.name.clone(),
        };
        Ok(Login { identity, headers })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        file
    }

    fn list(count: usize) -> CredentialList {
        let user = |number| ListedUser {
            provider: String::new(),
            user: format!("user {number}"),
            email: String::new(),
            name: String::new(),
            headers: std::collections::BTreeMap::from([("Authorization".to_owned(), "Bearer 1".to_owned())]),
        };
        CredentialList::of((0..count).map(user).collect())
    }

    async fn take(list: &CredentialList, lease: &UserLease, count: usize) -> Vec<String> {
        let mut taken = Vec::new();
        for _ in 0..count {
            if let Ok(login) = list.next(lease).await {
                taken.push(login.identity.subject);
            }
        }
        taken
    }

    #[tokio::test]
    async fn a_case_has_exclusive_users_and_the_next_case_waits_for_them() {
        let list = Arc::new(list(2));
        let lease = UserLease::default();
        assert_eq!(take(&list, &lease, 3).await, ["user 0", "user 1"]);
        let waiting = tokio::spawn({
            let list = Arc::clone(&list);
            async move { take(&list, &UserLease::default(), 1).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(lease);
        assert_eq!(waiting.await.expect("an end"), ["user 0"]);
        // The user who has been idle for longest is next.
        assert_eq!(take(&list, &UserLease::default(), 1).await, ["user 1"]);
    }

    #[tokio::test]
    async fn a_case_gets_more_than_its_share_only_if_the_rest_is_not_reserved() {
        let list = list(20);
        let (one, two) = (UserLease::default(), UserLease::default());
        assert_eq!(take(&list, &one, 20).await.len(), 12);
        assert_eq!(take(&list, &two, 20).await.len(), 8);
        drop(one);
        assert_eq!(take(&list, &two, 20).await.len(), 4);
    }

    #[test]
    fn an_error_names_the_file() {
        let file = file(r#"[{"user": "anna"}]"#);
        let error = CredentialList::read(file.path()).expect_err("no headers");
        assert!(error.contains("headers") && error.contains(&file.path().display().to_string()), "{error}");
    }
}
