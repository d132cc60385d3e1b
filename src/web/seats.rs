//! Seats for subscribers: so many for all, half of them at most for one caller and for one address, and a turn in which each
//! leaves in the end.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;
use tracing::info;

use super::Settings;
use super::accept::Stream;
use super::drain::Stop;
use super::shares::{Full, Shares};
use super::threshold::STEP;
use super::traffic::Lack;
use crate::model::ClientId;

/// How many files are left for everything else: requests, and connections to TrackingMore and Redis.
const OTHER_FILES: u64 = 512;

/// How many of them are not for connections of clients.
const OWN_FILES: u64 = 128 + STEP as u64;

/// Over which time subscribers are sent away, so that they do not all come back in the same moment.
const SPREAD: Duration = Duration::from_secs(1);

/// All seats of a process.
#[derive(Debug, Clone)]
pub(super) struct Seats {
    hall: Arc<Hall>,
    stop: Stop,
}

/// How a subscriber is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    WebSocket,
    EventStream,
    Multipart,
}

impl Transport {
    const ALL: [Self; 3] = [Self::WebSocket, Self::EventStream, Self::Multipart];

    const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::EventStream => "sse",
            Self::Multipart => "multipart",
        }
    }
}

impl From<Stream> for Transport {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::EventStream => Self::EventStream,
            Stream::Multipart => Self::Multipart,
        }
    }
}

#[derive(Debug)]
struct Hall {
    /// How many there are.
    seats: usize,
    /// How many are taken, by how those are told who sit there.
    by_transport: [AtomicU64; Transport::ALL.len()],
    taken: Mutex<Taken>,
}

#[derive(Debug)]
struct Taken {
    /// By callers, and by addresses.
    shares: Shares,
    /// How many were taken so far.
    turns: u32,
}

impl Seats {
    /// So many at most, and no more than the system has files for; every subscriber needs one.
    pub(super) fn open(most: usize, stop: Stop) -> Self {
        Self::new(most.min(within(files())), stop)
    }

    fn new(seats: usize, stop: Stop) -> Self {
        let taken = Mutex::new(Taken {
            shares: Shares::new(seats),
            turns: 0,
        });
        let hall = Arc::new(Hall {
            seats,
            by_transport: Default::default(),
            taken,
        });
        Self { hall, stop }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.hall.seats
    }

    /// How many are taken, by how those are told who sit there.
    pub(super) fn taken(&self) -> [([&'static str; 1], u64); Transport::ALL.len()] {
        Transport::ALL.map(|transport| {
            let taken = &self.hall.by_transport[transport as usize];
            ([transport.name()], taken.load(Ordering::Relaxed))
        })
    }

    /// A seat for that caller, who comes from that address and is told like that.
    pub(super) fn take(
        &self,
        caller: &ClientId,
        address: &ClientId,
        transport: Transport,
    ) -> Result<Seat, Full> {
        let address = (address != caller).then(|| address.clone());
        let owners: Vec<_> = [caller.clone()].into_iter().chain(address).collect();
        let mut taken = self.hall.taken();
        let place = taken.shares.take(&owners, 1);
        place.inspect_err(|_| self.stop.traffic().note_lack(Lack::Seat))?;
        let nth = taken.turns;
        taken.turns = nth.wrapping_add(1);
        drop(taken);
        self.hall.by_transport[transport as usize].fetch_add(1, Ordering::Relaxed);
        Ok(Seat {
            hall: self.hall.clone(),
            transport,
            owners,
            turn: SPREAD.mul_f64(share(nth)),
            stop: self.stop.clone(),
        })
    }
}

/// What there is room for in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// How many files the system lets it open.
    pub files: u64,
    /// How many subscribers that is enough for.
    pub subscribers: usize,
    /// How many connections that is enough for.
    pub connections: usize,
}

/// How much there is room for, whatever the settings say. The process may open as many files as it can get from then on.
pub fn capacity() -> Capacity {
    let files = files();
    Capacity {
        files,
        subscribers: within(files),
        connections: files_for_connections(),
    }
}

/// How many files the system lets this process open, now that it may open as many as it can get.
fn files() -> u64 {
    rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX)
}

/// How many files there are for connections.
pub(super) fn files_for_connections() -> usize {
    let files = files();
    let left = files - OWN_FILES.min(files / 2);
    usize::try_from(left).unwrap_or(usize::MAX)
}

/// Logs it if there is room for fewer subscribers than should be served.
pub(super) fn tell(settings: &Settings) {
    let (files, wanted) = (files(), settings.max_sockets);
    let seats = within(files);
    if seats < wanted && wanted < usize::MAX {
        info!(
            "the system lets this process open {files} files, so it serves {seats} subscribers instead of {wanted}: raise the \
             hard limit of open files, or set --max-sockets"
        );
    }
}

/// How many subscribers there is room for with so many files.
fn within(files: u64) -> usize {
    let left = files - OTHER_FILES.min(files / 2);
    usize::try_from(left).unwrap_or(usize::MAX)
}

/// From 0 to 1, evenly spread however many there are: the golden ratio's multiples modulo 1.
fn share(nth: u32) -> f64 {
    const GOLDEN: u32 = 2_654_435_769;
    f64::from(nth.wrapping_mul(GOLDEN)) / f64::from(u32::MAX)
}

impl Hall {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The seat of one subscriber.
#[derive(Debug)]
pub(super) struct Seat {
    hall: Arc<Hall>,
    transport: Transport,
    owners: Vec<ClientId>,
    turn: Duration,
    stop: Stop,
}

impl Seat {
    /// Ready when the server is to stop and it is this subscriber's turn to leave.
    pub(super) fn turn(&self) -> impl Future<Output = ()> + Send + use<> {
        let (mut stop, turn) = (self.stop.clone(), self.turn);
        async move {
            stop.told().await;
            sleep(turn).await;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hall.taken().shares.give_back(&self.owners, 1);
        self.hall.by_transport[self.transport as usize].fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::Drain;
    use Transport::{EventStream, Multipart, WebSocket};

    fn count(seats: &Seats) -> u64 {
        seats.taken().iter().map(|(_, taken)| taken).sum()
    }

    #[test]
    fn subscribers_leave_one_after_the_other() {
        let mut shares: Vec<_> = (0..1_000).map(share).collect();
        shares.sort_by(f64::total_cmp);
        assert!(shares[0] >= 0.0 && shares[999] <= 1.0);
        let gaps = shares.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.fold(0.0, f64::max) < 0.003);
    }

    #[test]
    fn there_are_so_many_seats_and_one_caller_has_half_of_them_at_most() {
        let seats = Seats::new(10, Drain::default().stop());
        let [one, other, third] = ["a", "b", "c"].map(ClientId::named);
        let take_all = |client| {
            let taken: Vec<_> = (0..10)
                .map_while(|_| seats.take(client, client, WebSocket).ok())
                .collect();
            taken
        };
        let mut ones = take_all(&one);
        assert_eq!(ones.len(), 5);
        assert_eq!(seats.take(&one, &one, WebSocket).unwrap_err(), Full::Share);
        let others = take_all(&other);
        assert_eq!((others.len(), count(&seats)), (5, 10));
        assert_eq!(
            seats.take(&third, &third, Multipart).unwrap_err(),
            Full::All
        );
        ones.pop();
        assert!(seats.take(&one, &one, WebSocket).is_ok());
        drop((ones, others));
        assert_eq!(count(&seats), 0);
    }

    #[test]
    fn one_address_has_half_of_the_seats_whatever_tokens_it_shows() {
        let seats = Seats::new(4, Drain::default().stop());
        let [one, other, third, home, office] =
            ["1", "2", "3", "home", "office"].map(ClientId::named);
        let _taken = [&one, &other].map(|caller| seats.take(caller, &home, EventStream).unwrap());
        assert_eq!(
            seats.take(&third, &home, EventStream).unwrap_err(),
            Full::Share
        );
        let more = seats.take(&one, &office, EventStream).unwrap();
        assert_eq!(
            seats.take(&one, &third, EventStream).unwrap_err(),
            Full::Share
        );
        drop(more);
        assert!(seats.take(&third, &office, EventStream).is_ok());
    }

    #[test]
    fn there_are_no_more_seats_than_the_system_has_files_for() {
        for (files, seats) in [
            (256, 128),
            (1_024, 512),
            (20_000, 19_488),
            (1_048_576, 1_048_064),
        ] {
            assert_eq!(within(files), seats, "{files}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_has_to_leave_before_the_end() {
        let drain = Drain::default();
        let seats = Seats::new(20, drain.stop());
        let client = ClientId::default();
        let turns: Vec<_> = (0..10)
            .map(|_| seats.take(&client, &client, WebSocket).unwrap().turn())
            .collect();
        let mut all = Box::pin(futures_util::future::join_all(turns));
        let early = tokio::time::timeout(Duration::from_secs(60), &mut all).await;
        assert!(early.is_err());
        drop(drain);
        let in_time = tokio::time::timeout(SPREAD * 2, &mut all).await;
        assert!(in_time.is_ok());
    }
}
