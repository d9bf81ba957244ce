//! The specimen: the model behind HTTP, an in-memory server that can be made wrong in one way at a time.
//!
//! Unmutated it meets every MUST and SHOULD of the protocol that it serves: sessions, workspaces, members, push,
//! pull, cursors, snapshots, garbage collection and private notifications. It takes other freedoms than the reference
//! server does, so that the suite is tried against both (`planning/design-specimen.md`). With a [`Mutant`] it is wrong
//! in exactly one way, and some case of the suite has to say so. With [`Variant`]s it is as other honest servers are,
//! and every case has to pass.

mod app;
mod body;
mod catalogue;
mod credential;
mod cursor;
mod failure;
mod front;
mod gc;
mod handling;
mod items;
mod members;
mod mutant;
mod nested;
mod notification;
mod op_shape;
mod payload;
mod places;
mod pull;
mod push;
mod push_race;
mod race;
mod reroute;
mod rules;
mod session;
mod shape;
mod snapshot;
mod switch;
mod time;
mod variant;
mod view;
mod wire;
mod workspaces;
mod world;

pub use mutant::{Mutant, find, mutants};
pub use variant::{Variant, bundles, contradiction, find as find_variant, variants};

use app::App;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, patch, post};
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use syncproof_protocol::capability::{Capabilities, Capability};
use tokio::net::TcpListener;
use variant::Freedom;

/// How a specimen is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The key that bearer tokens are signed with (HS256).
    pub secret: Vec<u8>,
    /// In which way it is wrong, if it is.
    pub mutant: Option<Mutant>,
    /// Which freedoms of the protocol it takes; none of them contradicts another.
    pub variants: Vec<Variant>,
    /// How far its clock is ahead of the machine's, in milliseconds, at any moment.
    pub ahead: Arc<AtomicU64>,
}

impl Settings {
    /// A specimen that goes by the machine's clock.
    #[must_use]
    pub fn new(secret: &[u8], mutant: Option<Mutant>, variants: Vec<Variant>) -> Self {
        Settings { secret: secret.to_vec(), mutant, variants, ahead: Arc::default() }
    }
}

/// What a specimen that takes these freedoms can do.
pub fn capabilities(variants: &[Variant]) -> Capabilities {
    use Capability::{Applied, BadCredentials, Gc, Members, OpIdTieBreak, PrivateNotifications, Providers, Snapshot};
    let all = [BadCredentials, Providers, Members, Snapshot, Gc, OpIdTieBreak, Applied, PrivateNotifications];
    let lacks = |capability: &Capability| variants.iter().any(|variant| variant.without.contains(capability));
    all.into_iter().filter(|capability| !lacks(capability)).collect()
}

/// The routes of a specimen, over a fresh state.
pub fn router(settings: Settings) -> Router {
    let app = Arc::new(App::new(settings));
    let late = Arc::clone(&app);
    let early = Arc::clone(&app);
    let place = Arc::clone(&app);
    let freedoms = app.freedoms();
    let routes = Router::new()
        .route("/api/auth/session", get(session::show))
        .route("/api/workspaces", get(workspaces::list).post(workspaces::create))
        .route("/api/workspaces/active", post(workspaces::activate))
        .route("/api/workspaces/{id}", patch(workspaces::rename).delete(workspaces::delete))
        .route("/api/workspaces/{id}/members", get(members::list).post(members::add))
        .route("/api/workspaces/{id}/members/{user}", patch(members::change).delete(members::remove))
        .route("/api/sync/push", post(push::push))
        .route("/api/sync/pull", post(pull::pull))
        .route("/api/sync/update-cursor", post(cursor::update))
        .route("/api/sync/snapshot", post(snapshot::page))
        .route("/api/sync/gc-change-log", post(gc::change_log))
        .route("/api/sync/gc-tombstones", post(gc::tombstones))
        .fallback(failure::no_route)
        .method_not_allowed_fallback(failure::wrong_method)
        .layer(axum::middleware::from_fn(move |request, next| handling::handle(Arc::clone(&early), request, next)))
        .layer(axum::middleware::from_fn(move |request, next| places::handle(Arc::clone(&place), request, next)))
        .layer(axum::middleware::map_response(move |response| {
            let app = Arc::clone(&late);
            async move { finish(&app, response) }
        }))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), variant::around))
        .with_state(app);
    variant::forgiving(freedoms, routes)
}

/// Serves a specimen until `shutdown` is ready, and then lets what is in flight finish.
///
/// # Errors
/// The listener fails.
pub async fn serve<F>(listener: TcpListener, settings: Settings, shutdown: F) -> io::Result<()>
where
    F: Future + Send + 'static,
{
    if settings.variants.iter().any(|variant| variant.freedom() == Freedom::HeadersInTitleCase) {
        return variant::serve_in_title_case(listener, router(settings), shutdown).await;
    }
    let fronted = settings.mutant.as_ref().map(Mutant::switch).filter(|switch| front::is_front(*switch));
    let (listener, front) = match fronted {
        None => (listener, None),
        Some(switch) => {
            let inner = TcpListener::bind("127.0.0.1:0").await?;
            let address = inner.local_addr()?;
            (inner, Some(AbortOnDrop(tokio::spawn(front::pass(listener, address, switch)))))
        }
    };
    let served = axum::serve(listener, router(settings))
        .with_graceful_shutdown(async move {
            shutdown.await;
        })
        .await;
    drop(front);
    served
}

/// A task that ends with its handle.
struct AbortOnDrop(tokio::task::JoinHandle<io::Result<()>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What all answers have in common (`http.no-store`, `http.json-errors`).
fn finish(app: &App, response: Response) -> Response {
    let mut response = failure::disguise(app, response);
    if !app.is(switch::Switch::AnswersCacheable) {
        let value = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    response
}
