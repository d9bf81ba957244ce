//! A fixed list of people, for targets where nobody can be invented.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::CredentialError;
use super::identity::Identity;
use super::login::{Headers, Login};

/// How many users a case can count on, where the list has so many.
const LEASE_SIZE: usize = 8;

/// People with their headers. They are handed out again and again, one after the other, and never to two cases at one time.
#[derive(Debug)]
pub struct CredentialList {
    people: Vec<ListedPerson>,
    pool: Arc<Pool>,
}

/// Who is free. A case waits before it has its first user, and never while it has some: so no two cases can wait for
/// each other.
#[derive(Debug)]
struct Pool {
    /// One permit for each case that the list has a whole crew for, and at least one.
    leases: Arc<Semaphore>,
    state: Mutex<State>,
    /// How many a case can count on.
    lease: usize,
}

#[derive(Debug)]
struct State {
    /// The longest idle first.
    idle: VecDeque<usize>,
    /// Crews at work could still ask for so many, and crews to come for a whole crew each.
    promised: usize,
}

/// The users that one case has, until it is dropped.
#[derive(Debug, Default)]
pub struct UserLease(tokio::sync::Mutex<Option<LeasedUsers>>);

#[derive(Debug)]
struct LeasedUsers {
    pool: Arc<Pool>,
    people: Vec<usize>,
    _permit: OwnedSemaphorePermit,
}

impl LeasedUsers {
    /// One more user, unless others count on those who are left.
    fn take(&mut self) -> Option<usize> {
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        let counted_on = self.people.len() < self.pool.lease;
        if !counted_on && state.idle.len() <= state.promised {
            return None;
        }
        let person = state.idle.pop_front()?;
        state.promised -= usize::from(counted_on);
        self.people.push(person);
        Some(person)
    }
}

impl Drop for LeasedUsers {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.promised += self.people.len().min(self.pool.lease);
        state.idle.extend(self.people.drain(..));
    }
}

/// One entry of the file: `{"provider": …, "user": …, "headers": {"Authorization": …}}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedPerson {
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
    /// Reads a file with a JSON array of people.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong in it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("the list of credentials {} cannot be read: {error}", path.display()))?;
        let people: Vec<ListedPerson> = serde_json::from_str(&text)
            .map_err(|error| format!("the list of credentials {} is wrong: {error}", path.display()))?;
        if people.is_empty() {
            return Err(format!("the list of credentials {} is empty", path.display()));
        }
        Ok(CredentialList::of(people))
    }

    fn of(people: Vec<ListedPerson>) -> Self {
        let lease = people.len().min(LEASE_SIZE);
        let leases = (people.len() / LEASE_SIZE).max(1);
        let state = Mutex::new(State { idle: (0..people.len()).collect(), promised: leases * lease });
        let pool = Arc::new(Pool { leases: Arc::new(Semaphore::new(leases)), state, lease });
        CredentialList { people, pool }
    }

    /// The user who has been idle for longest. The first of a crew waits until there is a crew to be had, which the
    /// deadlines of the cases before it bound.
    ///
    /// # Errors
    /// When all of them are with this crew or counted on by others.
    pub async fn next(&self, lease: &UserLease) -> Result<Login, CredentialError> {
        let mut lease = lease.0.lock().await;
        let hold = match &mut *lease {
            Some(hold) => hold,
            none => {
                let permit = Arc::clone(&self.pool.leases).acquire_owned().await;
                let permit = permit.map_err(|error| CredentialError::Broken(error.to_string()))?;
                none.insert(LeasedUsers { pool: Arc::clone(&self.pool), people: Vec::new(), _permit: permit })
            }
        };
        let count = self.people.len();
        let person = hold.take().and_then(|index| self.people.get(index)).ok_or_else(|| {
            CredentialError::NotHere(format!("the case needs more users than the list of {count} has for it"))
        })?;
        let headers: Headers =
            person.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        let identity = Identity {
            provider: person.provider.clone(),
            subject: person.user.clone(),
            email: person.email.clone(),
            name: person.name.clone(),
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
        let person = |number| ListedPerson {
            provider: String::new(),
            user: format!("user {number}"),
            email: String::new(),
            name: String::new(),
            headers: std::collections::BTreeMap::from([("Authorization".to_owned(), "Bearer 1".to_owned())]),
        };
        CredentialList::of((0..count).map(person).collect())
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
    async fn a_case_has_its_users_for_itself_and_the_next_waits_for_them() {
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
        // Whoever has been idle for longest comes next.
        assert_eq!(take(&list, &UserLease::default(), 1).await, ["user 1"]);
    }

    #[tokio::test]
    async fn a_case_gets_more_than_its_share_only_where_nobody_counts_on_it() {
        let list = list(20);
        let (one, two) = (UserLease::default(), UserLease::default());
        assert_eq!(take(&list, &one, 20).await.len(), 12);
        assert_eq!(take(&list, &two, 20).await.len(), 8);
        drop(one);
        assert_eq!(take(&list, &two, 20).await.len(), 4);
    }

    #[test]
    fn a_bad_file_is_told_with_its_name() {
        let file = file(r#"[{"user": "anna"}]"#);
        let error = CredentialList::read(file.path()).expect_err("no headers");
        assert!(error.contains("headers") && error.contains(&file.path().display().to_string()), "{error}");
    }
}
