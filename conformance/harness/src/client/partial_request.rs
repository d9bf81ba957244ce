//! A request that a case keeps incomplete: its head and half of its body are sent, and the rest follows later.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::{Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::answer::Answer;
use super::http::Client;
use super::recorder::Recorder;
use super::request::Request;
use super::transport::{complete, new_connections, receive};
use syncproof_protocol::exchange::Exchange;

/// A request of which the server has the first half. Dropping it closes the connection.
#[derive(Debug)]
pub struct PartialRequest {
    rest: oneshot::Sender<()>,
    answer: JoinHandle<Answer>,
    /// The request, without an answer.
    sent: Exchange,
    recorder: Arc<Recorder>,
}

impl Client {
    /// Sends the head and the first half of the body, over a new connection.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub fn begin(&self, request: Request) -> Result<PartialRequest, String> {
        let (base, actor, credential, recorder) = self.parts();
        let http = new_connections(&self.tls()?, recorder.pace())?;
        let bytes = request.body.clone().unwrap_or_default();
        let half = bytes.len() / 2;
        let (rest, released) = oneshot::channel();
        let body = HalvesBody {
            left: bytes.len() as u64,
            first: Some(bytes.slice(..half)),
            second: Some(bytes.slice(half..)),
            released,
        };
        let mut builder = http.request(request.method.clone(), format!("{base}{}", request.path));
        for (name, value) in credential {
            builder = builder.header(name, value);
        }
        let builder = builder.header("content-type", "application/json").body(reqwest::Body::wrap(body));
        let (sent, recorder) = (request.exchange(actor), Arc::clone(recorder));
        let (mut exchange, records) = (sent.clone(), Arc::clone(&recorder));
        let answer = tokio::spawn(async move {
            let started = Instant::now();
            complete(&mut exchange, receive(builder).await, started);
            let exchange = Arc::new(exchange);
            records.record(&exchange);
            Answer::new(exchange)
        });
        Ok(PartialRequest { rest, answer, sent, recorder })
    }
}

impl PartialRequest {
    /// Sends the rest and waits for the answer.
    ///
    /// # Errors
    /// When the task that waits for the answer has failed, which is a fault of the suite.
    pub async fn finish(self) -> Result<Answer, String> {
        // This fails only when the request has already failed, which its answer shows.
        let _ = self.rest.send(());
        let _open = self.recorder.begin(self.sent);
        self.answer.await.map_err(|error| error.to_string())
    }
}

/// A body of known length in two parts, of which the second is sent when it is released.
struct HalvesBody {
    left: u64,
    first: Option<Bytes>,
    second: Option<Bytes>,
    released: oneshot::Receiver<()>,
}

impl HttpBody for HalvesBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let part = match self.first.take() {
            Some(first) => Some(first),
            None if self.second.is_none() => None,
            None => {
                // If the holder was dropped, the request is aborted.
                if ready!(Pin::new(&mut self.released).poll(context)).is_err() {
                    return Poll::Ready(Some(Err(std::io::Error::other("the request was aborted"))));
                }
                self.second.take()
            }
        };
        if let Some(part) = &part {
            self.left -= part.len() as u64;
        }
        Poll::Ready(part.map(|part| Ok(Frame::data(part))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
