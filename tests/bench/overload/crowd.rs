//! Those who ask for more than there is, over many connections from several addresses.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{spawn_local, yield_now};
use tokio::time::{sleep, timeout};

use super::answer::{Answer, Scratch};
use super::tally::{Fate, Sent, Tally};

/// From where is asked. The first sends half of all.
const ADDRESSES: [Ipv4Addr; 8] = [
    Ipv4Addr::new(127, 0, 0, 11),
    Ipv4Addr::new(127, 0, 0, 12),
    Ipv4Addr::new(127, 0, 0, 13),
    Ipv4Addr::new(127, 0, 0, 14),
    Ipv4Addr::new(127, 0, 0, 15),
    Ipv4Addr::new(127, 0, 0, 16),
    Ipv4Addr::new(127, 0, 0, 17),
    Ipv4Addr::new(127, 0, 0, 18),
];

/// No answer takes longer.
const DEADLINE: Duration = Duration::from_secs(10);

/// After so many requests in a row answers are read in any case.
const BURST: usize = 16;

/// Before it is tried to connect again.
const PAUSE: Duration = Duration::from_millis(50);

/// Who is to come.
pub struct Guests {
    pub server: SocketAddr,
    pub requests: Vec<Vec<u8>>,
    /// How long a good answer is.
    pub length: usize,
}

/// All of them. Clones are the same crowd.
#[derive(Clone)]
pub struct Crowd(Rc<Hall>);

struct Hall {
    guests: Guests,
    /// The connections of each address on which nobody waits for an answer.
    idle: Vec<RefCell<VecDeque<TcpStream>>>,
    /// How many requests have no answer yet.
    waiting: Cell<usize>,
    turns: Cell<usize>,
    scratch: Scratch,
    tally: RefCell<Tally>,
}

impl Crowd {
    pub fn new(guests: Guests) -> Self {
        Self(Rc::new(Hall {
            guests,
            idle: ADDRESSES.map(|_| RefCell::default()).into(),
            waiting: Cell::new(0),
            turns: Cell::new(0),
            scratch: Scratch::default(),
            tally: RefCell::new(Tally::of(ADDRESSES.len())),
        }))
    }

    /// Opens so many connections more. Servers do not wait long for the first request on each.
    pub async fn connect_all(&self, connections: usize) {
        for number in 0..connections {
            let place = place(number);
            let stream = self.connect(place).await.unwrap();
            self.settle(place, stream);
        }
    }

    pub fn guests(&self) -> &Guests {
        &self.0.guests
    }

    /// What became of all that was sent since it was asked for last.
    pub fn tally(&self) -> Tally {
        self.0.tally.replace(Tally::of(ADDRESSES.len()))
    }

    /// So many ask for so long, each as soon as it has its answer. Says how long it took.
    pub async fn press(&self, clients: usize, window: Duration) -> Duration {
        let begun = Instant::now();
        let clients = (0..clients).map(|client| {
            let crowd = self.clone();
            spawn_local(async move {
                while begun.elapsed() < window {
                    let sent = Sent {
                        place: client % ADDRESSES.len(),
                        planned: Instant::now(),
                    };
                    crowd.send(sent).expect("there are idle ones").await;
                }
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await.unwrap();
        }
        begun.elapsed()
    }

    /// Asks so many times a second for so long, whatever becomes of what was asked before.
    pub async fn pour(&self, per_second: f64, window: Duration) {
        let begun = Instant::now();
        let count = (per_second * window.as_secs_f64()) as usize;
        for turn in 0..count {
            let planned = begun + Duration::from_secs_f64(turn as f64 / per_second);
            if turn % BURST == 0 {
                yield_now().await;
            }
            // The runtime's clock is too coarse for it.
            while Instant::now() < planned {
                yield_now().await;
            }
            let place = place(turn);
            match self.send(Sent { place, planned }) {
                Some(asking) => drop(spawn_local(asking)),
                None => self.0.tally.borrow_mut().withheld += 1,
            }
        }
    }

    /// Waits until nobody waits for an answer.
    pub async fn rest(&self) {
        while self.0.waiting.get() > 0 {
            sleep(PAUSE).await;
        }
    }

    /// Sends the next request, if a connection of its address is idle.
    fn send(&self, sent: Sent) -> Option<impl Future<Output = ()> + use<>> {
        let stream = self.idle_one(sent.place)?;
        let hall = &self.0;
        hall.waiting.set(hall.waiting.get() + 1);
        let turn = hall.turns.replace(hall.turns.get() + 1);
        hall.tally.borrow_mut().late.0.push(sent.planned.elapsed());
        let crowd = self.clone();
        Some(async move {
            crowd.ask(stream, sent, turn).await;
            crowd.0.waiting.set(crowd.0.waiting.get() - 1);
        })
    }

    /// A connection on which nobody waits. Those that the server has ended meanwhile are opened anew.
    fn idle_one(&self, place: usize) -> Option<TcpStream> {
        loop {
            let stream = self.0.idle[place].borrow_mut().pop_front()?;
            let read = stream.try_read(&mut [0]);
            if read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
                return Some(stream);
            }
            self.0.tally.borrow_mut().closed += 1;
            drop(spawn_local(self.clone().come_again(place)));
        }
    }

    async fn ask(&self, mut stream: TcpStream, sent: Sent, turn: usize) {
        let answer = timeout(DEADLINE, self.exchange(&mut stream, turn)).await;
        let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let fate = Fate::of(&answer, self.0.guests.length);
        let took = sent.planned.elapsed();
        self.0.tally.borrow_mut().note(sent, fate, took);
        match answer {
            Ok(Answer { closes: false, .. }) => self.settle(sent.place, stream),
            _ => {
                self.0.tally.borrow_mut().closed += 1;
                let crowd = self.clone();
                drop((stream, spawn_local(crowd.come_again(sent.place))));
            }
        }
    }

    async fn exchange(&self, stream: &mut TcpStream, turn: usize) -> io::Result<Answer> {
        let requests = &self.0.guests.requests;
        stream.write_all(&requests[turn % requests.len()]).await?;
        self.0.scratch.answer(stream).await
    }

    async fn come_again(self, place: usize) {
        let begun = Instant::now();
        while begun.elapsed() < DEADLINE {
            match timeout(DEADLINE, self.connect(place)).await {
                Ok(Ok(stream)) => return self.settle(place, stream),
                _ => sleep(PAUSE).await,
            }
        }
    }

    async fn connect(&self, place: usize) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((ADDRESSES[place], 0).into())?;
        let stream = socket.connect(self.0.guests.server).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn settle(&self, place: usize, stream: TcpStream) {
        self.0.idle[place].borrow_mut().push_back(stream);
    }
}

/// From which address the request or connection of that number comes.
fn place(number: usize) -> usize {
    match number % 2 {
        0 => 0,
        _ => 1 + number / 2 % (ADDRESSES.len() - 1),
    }
}
