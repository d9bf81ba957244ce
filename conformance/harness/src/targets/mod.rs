//! How a target is reached: by its address, or by starting it.

mod container;
mod hook;
mod image;
mod launcher;
mod managed_server;
mod port;
mod probe;
mod process;
mod target;

pub use hook::{Hook, Hooks};
pub use image::Image;
pub use launcher::{Launcher, START_TIMEOUT, StartError, StartOptions, StartupSettings, Storage};
pub use managed_server::ManagedServer;
pub use port::free as free_port;
pub use probe::{check_reachable, is_alive, wait_until_ready, wait_until_steady};
pub use process::{ExitedProcess, Process};
pub use target::{CANNOT_START, Target, TargetControls};
