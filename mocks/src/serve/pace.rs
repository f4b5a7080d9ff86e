//! A response body at the pace of a fault: whole, cut off, or a few bytes at a time.
//!
//! It says how long the whole is before any of it goes out, so that a client can tell that something is missing. No thread waits for it:
//! a body that nobody reads any more is dropped with its connection.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How many bytes of a slow body come at a time.
const DROP: usize = 16;

/// A body.
#[derive(Debug)]
pub(super) struct Paced {
    rest: Bytes,
    pace: Pace,
}

#[derive(Debug)]
enum Pace {
    Whole,
    /// So many bytes more, and then no end.
    Cut(usize),
    /// Nothing more.
    CutOff,
    Drip(Duration),
    Pause(Duration, Pin<Box<Sleep>>),
}

/// Why a connection ends before its answer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    /// The body is cut off.
    #[error("the body is cut off")]
    Cut,
    /// Nothing of the answer goes out, and the connection is reset.
    #[error("the connection is reset")]
    Reset,
}

impl Paced {
    /// A body that goes out at once.
    pub(super) fn whole(body: Vec<u8>) -> Self {
        Self::new(body, Pace::Whole)
    }

    /// The first `bytes` of a body that promises to be as long as it is.
    pub(super) fn cut(body: Vec<u8>, bytes: usize) -> Self {
        Self::new(body, Pace::Cut(bytes))
    }

    /// A body of which a few bytes come at a time, with a pause after each time.
    pub(super) fn drip(body: Vec<u8>, pause: Duration) -> Self {
        Self::new(body, Pace::Drip(pause))
    }

    fn new(body: Vec<u8>, pace: Pace) -> Self {
        Self {
            rest: Bytes::from(body),
            pace,
        }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let next = loop {
            match &mut self.pace {
                Pace::Whole => break self.rest.len(),
                Pace::Cut(0) => {
                    self.pace = Pace::CutOff;
                    // hyper writes out what it was given while it waits, and forgets it where the body fails: it has to wait once.
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Pace::Cut(bytes) => break std::mem::take(bytes),
                Pace::CutOff => return Poll::Ready(Some(Err(Broken::Cut))),
                Pace::Drip(pause) => {
                    let pause = *pause;
                    if self.rest.len() > DROP {
                        self.pace = Pace::Pause(pause, Box::pin(sleep(pause)));
                    }
                    break DROP;
                }
                Pace::Pause(pause, sleeping) => {
                    std::task::ready!(sleeping.as_mut().poll(context));
                    self.pace = Pace::Drip(*pause);
                }
            }
        };
        let next = next.min(self.rest.len());
        let data = self.rest.split_to(next);
        Poll::Ready((!data.is_empty()).then(|| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
