//! Strangers who wait for one call.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::slice;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use parcelgraph::tracker::{Ask, Tracker, Usage};
use tokio::sync::Semaphore;

use crate::stage::TOO_OLD;
use crate::upstream::Upstream;

/// How much longer than need be it is waited between two rounds.
const SPARE: Duration = Duration::from_millis(30);

/// Who asks whom, and who waits for the answer as well.
pub struct Scene {
    pub caller: Arc<Tracker>,
    pub waiting: Arc<Tracker>,
    /// How long both take to know of each other.
    pub agreement: Duration,
    pub asks: Arc<[Ask]>,
    pub upstream: Upstream,
}

impl Scene {
    /// One round after the other.
    pub async fn rounds(&mut self, rounds: usize, waiters: usize) -> Vec<Duration> {
        let mut times = Vec::new();
        while times.len() < rounds {
            times.extend(self.round(waiters).await);
        }
        times
    }

    /// Has so many strangers wait for one call, answers it, and gives the time until the last of them has his answer. None if
    /// somebody came too late for that call.
    async fn round(&mut self, waiters: usize) -> Option<Duration> {
        tokio::time::sleep(self.agreement + TOO_OLD + SPARE).await;
        let (caller, asks) = (self.caller.clone(), self.asks.clone());
        let first = tokio::spawn(async move {
            let answers = caller.look_up(&Usage::default(), &asks).await;
            assert!(answers.iter().all(Result::is_ok));
        });
        self.upstream.called().await;
        let ready = Arc::new(Semaphore::new(0));
        let strangers = (0..waiters).map(|number| {
            let (tracker, asks, ready) = (self.waiting.clone(), self.asks.clone(), ready.clone());
            tokio::spawn(async move {
                let ask = &asks[number % asks.len()];
                stranger(&tracker, ask, &ready).await
            })
        });
        let strangers: Vec<_> = strangers.collect();
        ready.acquire_many(waiters as u32).await.unwrap().forget();
        tokio::time::sleep(self.agreement).await;
        let sent = self.upstream.answer().await;
        let mut calls = 1;
        let mut answered = join_all(strangers);
        let answered = loop {
            tokio::select! {
                biased;
                answered = &mut answered => break answered,
                () = self.upstream.called() => {
                    calls += 1;
                    self.upstream.answer().await;
                }
            }
        };
        first.await.unwrap();
        let answered = answered.into_iter().map(|at| at.unwrap() - sent);
        answered.max().filter(|_| calls == 1)
    }
}

/// Asks, says so as soon as he waits for anything, and gives the moment at which he has his answer.
async fn stranger(tracker: &Tracker, ask: &Ask, ready: &Semaphore) -> Instant {
    let usage = Usage::default();
    let mut answers = pin!(tracker.look_up(&usage, slice::from_ref(ask)));
    poll_fn(|context| {
        assert!(
            answers.as_mut().poll(context).is_pending(),
            "nobody knows it yet"
        );
        Poll::Ready(())
    })
    .await;
    ready.add_permits(1);
    let answer = &answers.await[0];
    assert!(answer.is_ok(), "{answer:?}");
    Instant::now()
}
