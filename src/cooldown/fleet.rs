//! The book that all replicas of an account keep together, in Redis.

use std::sync::Arc;

use redis::Value;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::book::{Rules, Stage, Verdict};
use super::desk::{BOOK, Desk, Teller};
use super::memory::Memory;
use super::news::{News, TOPIC};
use super::scripts::Scripts;
use super::{ENDS_KEPT, LOOK_AGAIN, Lost, Micros, Spent};
use crate::current::Current;
use crate::redis_link::{Away, Link};

/// How often it is tried to tell Redis of an end.
const TRIES: u32 = 60;

/// This replica's place at the book. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Fleet {
    desk: Arc<Desk>,
    _teller: Arc<Teller>,
}

/// How an attempt has ended.
struct Ending {
    name: String,
    /// Empty if it never had the parcel.
    holder: String,
    spent: Spent,
    /// Empty if nothing is said of it.
    said: String,
    /// When, as far as it is known here.
    at: Option<Micros>,
}

impl Fleet {
    pub(super) fn start(rules: Rules, replicas: u32, link: Link) -> Self {
        let memory = Memory::of(Rules { grace: 0, ..rules }, link.clone());
        listen(&link, memory.clone());
        let desk = Arc::new(Desk {
            link,
            rules: Current::new(written(&rules)),
            replicas,
            scripts: Scripts::default(),
            memory,
            forgot: Notify::new(),
        });
        Self {
            _teller: Arc::new(Teller::start(desk.clone())),
            desk,
        }
    }

    /// Has departures count for so long from now on; the other replicas do as before until they are changed as well.
    pub(super) fn count_for(&self, rules: &Rules) {
        self.desk.rules.set(written(rules));
        self.desk.memory.count_for(rules.cooldown);
    }

    pub(super) fn memory(&self) -> &Memory {
        &self.desk.memory
    }

    /// A name for one attempt, which no replica has given before.
    pub(super) fn holder(&self) -> String {
        format!("{}:{}", self.desk.link.replica(), self.desk.memory.holder())
    }

    /// What becomes of a claim; `None` if nobody can tell.
    pub(super) async fn claim(&self, name: &str, holder: &str) -> Option<Verdict> {
        let memory = &self.desk.memory;
        if let Some(until) = memory.cooled_by(name) {
            return Some(Verdict::CoolingDown { until });
        }
        let args = vec![self.token(name), holder.into()];
        let said = self.desk.run(&self.desk.scripts.claim, &[], args).await;
        match said.and_then(read) {
            // Redis has lost what is known here.
            Ok(Verdict::Granted) if memory.cooling_at(name).is_some() => {
                self.desk.forgot.notify_one();
                self.let_go(name, holder, Spent::Nothing).await;
                let until = memory.cooling_at(name)?;
                Some(Verdict::CoolingDown { until })
            }
            Ok(verdict) => {
                if let Verdict::NotYet { .. } = verdict {
                    self.desk.forgot.notify_one();
                }
                Some(verdict)
            }
            Err(Away) => match memory.cooling_at(name) {
                Some(until) => Some(Verdict::CoolingDown { until }),
                None if self.is_the_only_one() => memory.claim(name, holder),
                None => None,
            },
        }
    }

    pub(super) async fn look(&self, name: &str) -> Option<Verdict> {
        let args = vec![self.token(name)];
        let said = self.desk.run(&self.desk.scripts.look, &[], args).await;
        match said.and_then(read) {
            Ok(verdict) => Some(verdict),
            Err(Away) => {
                let until = self.desk.memory.cooling_at(name);
                until.map(|until| Verdict::CoolingDown { until })
            }
        }
    }

    /// Keeps a parcel. Whether it was lost meanwhile shows when the call is to leave.
    pub(super) async fn renew(&self, name: &str, holder: &str) {
        let args = vec![self.token(name), holder.into()];
        let renewed = self.desk.run::<i64>(&self.desk.scripts.renew, &[], args);
        let _ = renewed.await;
    }

    /// Notes that a call leaves, and when.
    pub(super) async fn depart(&self, name: &str, holder: &str) -> Result<Micros, Lost> {
        let args = vec![self.token(name), holder.into()];
        let departed = self.desk.run(&self.desk.scripts.depart, &[], args).await;
        match departed.map(|at: i64| u64::try_from(at).unwrap_or_default()) {
            Ok(0) => Err(Lost::ToOthers),
            Ok(at) => {
                self.desk.memory.note_departure(name, at);
                let name = name.to_owned();
                self.publish(News::Departed { name, at });
                Ok(at)
            }
            Err(Away) if self.is_the_only_one() => {
                let departed = self.desk.memory.depart(name, holder);
                departed.ok_or(Lost::Apart)
            }
            Err(Away) => Err(Lost::Apart),
        }
    }

    /// Ends an attempt and tells all what is said of it, unless the parcel is another attempt's by now. Redis learns it as soon
    /// as it is there.
    pub(super) async fn end(&self, name: &str, holder: Option<&str>, spent: Spent, said: &str) {
        let memory = &self.desk.memory;
        let ending = Ending {
            name: name.to_owned(),
            holder: holder.unwrap_or_default().to_owned(),
            spent,
            said: said.to_owned(),
            at: memory.at(Instant::now()),
        };
        match self.finish(&ending).await {
            Ok(0) => {}
            Ok(at) => {
                memory.note_end(name, at, said);
                let (name, said) = (name.to_owned(), said.to_owned());
                self.publish(News::Ended { name, at, said });
            }
            Err(Away) => {
                memory.note_end(name, ending.at.unwrap_or_default(), said);
                self.finish_later(ending);
            }
        }
        if let Some(holder) = holder {
            memory.let_go(name, holder, spent);
        }
    }

    /// Ends a flight without a word.
    pub(super) async fn let_go(&self, name: &str, holder: &str, spent: Spent) {
        self.desk.memory.let_go(name, holder, spent);
        let ending = Ending {
            name: name.to_owned(),
            holder: holder.to_owned(),
            spent,
            said: String::new(),
            at: None,
        };
        if let Err(Away) = self.finish(&ending).await {
            self.finish_later(ending);
        }
    }

    pub(super) async fn end_since(&self, name: &str, since: Micros) -> Option<String> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.end_key(name)).arg("at").arg("said");
        let link = &self.desk.link;
        let (at, said): (Option<u64>, Option<Vec<u8>>) = link.ask(&command).await.ok()?;
        let (at, said) = (at?, String::from_utf8(link.unseal(&said?)?).ok()?);
        self.desk.memory.note_end(name, at, &said);
        (at >= since).then_some(said)
    }

    fn is_the_only_one(&self) -> bool {
        self.desk.replicas <= 1
    }

    /// Forgets a departure of that moment, which asked nobody, here and everywhere.
    pub(super) fn take_back(&self, name: &str, at: Micros) {
        self.desk.memory.take_back(name, at);
        let name = name.to_owned();
        self.publish(News::TakenBack { name, at });
    }

    /// Tells Redis of an end. Gives the moment at which it has put the text, or 0 if that is not for all.
    async fn finish(&self, ending: &Ending) -> Result<Micros, Away> {
        let desk = &self.desk;
        let sealed = match ending.said.as_str() {
            "" => Vec::new(),
            said => desk.link.seal(said.as_bytes()),
        };
        let spent = match ending.spent {
            Spent::Call => "call",
            Spent::Nothing => "nothing",
        };
        let args = vec![
            self.token(&ending.name),
            ending.holder.clone().into(),
            spent.into(),
            sealed,
            ENDS_KEPT.as_millis().to_string().into(),
            ending
                .at
                .map(|at| at.to_string())
                .unwrap_or_default()
                .into(),
        ];
        let keys = [self.end_key(&ending.name)];
        let at: i64 = desk.run(&desk.scripts.finish, &keys, args).await?;
        Ok(u64::try_from(at).unwrap_or_default())
    }

    /// What Redis does not learn of an end would keep a parcel closed that nobody was asked about.
    fn finish_later(&self, ending: Ending) {
        let this = self.clone();
        tokio::spawn(async move {
            for _ in 0..TRIES {
                sleep(LOOK_AGAIN).await;
                if this.finish(&ending).await.is_ok() {
                    return;
                }
            }
        });
    }

    /// Tells the others. Who does not hear it finds it in Redis.
    fn publish(&self, news: News) {
        let link = self.desk.link.clone();
        tokio::spawn(async move {
            let _ = link.publish(TOPIC, &news.write()).await;
        });
    }

    fn token(&self, name: &str) -> Vec<u8> {
        self.desk.link.token(name).into_bytes()
    }

    fn end_key(&self, name: &str) -> String {
        let link = &self.desk.link;
        link.key(&format!("{BOOK}:end:{}", link.token(name)))
    }
}

/// Remembers what the others tell.
fn listen(link: &Link, memory: Memory) {
    let own = link.replica().to_owned();
    link.on(TOPIC, move |sender, text| {
        if sender == own {
            return;
        }
        match News::read(text) {
            Some(News::Departed { name, at }) => memory.note_departure(&name, at),
            Some(News::TakenBack { name, at }) => memory.take_back(&name, at),
            Some(News::Ended { name, at, said }) => memory.note_end(&name, at, &said),
            None => {}
        }
    });
}

fn written(rules: &Rules) -> Vec<u8> {
    serde_json::to_vec(rules).expect("rules are numbers")
}

/// What a script says of a parcel.
fn read(said: Vec<Value>) -> Result<Verdict, Away> {
    let word = |value: Option<&Value>| match value {
        Some(Value::BulkString(word)) => String::from_utf8(word.clone()).unwrap_or_default(),
        _ => String::new(),
    };
    let until = match said.get(1) {
        Some(Value::Int(until)) => u64::try_from(*until).unwrap_or_default(),
        _ => 0,
    };
    match word(said.first()).as_str() {
        "granted" => Ok(Verdict::Granted),
        "cooling" => Ok(Verdict::CoolingDown { until }),
        "not yet" => Ok(Verdict::NotYet { until }),
        "elsewhere" => Ok(Verdict::Elsewhere(match word(said.get(1)).as_str() {
            "asking" => Stage::Asking,
            _ => Stage::Waiting,
        })),
        _ => Err(Away),
    }
}
