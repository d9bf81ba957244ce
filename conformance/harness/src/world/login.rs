//! How a case gets users who are logged in.

use super::context::Context;
use super::homes::Homes;
use super::user::User;
use syncproof_protocol::failure::{Checked, Stop};

impl Context {
    /// A logged-in user whose active workspace is empty and their own, their home. For a new user that is the default
    /// workspace; for one of a fixed list it is a new workspace beside those that they had.
    ///
    /// # Errors
    /// As [`Context::credential`]; fails the setup when the login fails.
    pub async fn user(&self, label: &str) -> Checked<User> {
        let (identity, client) = self.identity_with_client(label).await?;
        let user = match self.credentials().invents() {
            true => User::log_in(self.clone(), identity, client).await?,
            false => User::log_in_again(self.clone(), identity, client).await?,
        };
        if self.homes() == Homes::Collected {
            user.write_and_collect_home().await?;
        }
        Ok(user)
    }

    /// As [`Context::user`], for cases that look at everything the user has: the user has no other workspace.
    ///
    /// # Errors
    /// As [`Context::user`]; skips the case when a fixed list of users is in force.
    pub async fn new_user(&self, label: &str) -> Checked<User> {
        if !self.credentials().invents() {
            let reason = "with a fixed list of users, it is unknown who has no other workspace";
            return Err(Stop::Skipped(reason.to_owned()));
        }
        let (identity, client) = self.identity_with_client(label).await?;
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
}
