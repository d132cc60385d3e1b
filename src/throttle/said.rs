//! What the scripts answer.

use std::time::Duration;

use redis::Value;
use tokio::time::Instant;

use super::pool::InPool;
use super::progress::Wait;
use crate::redis_link::{Away, Link};

/// What Redis says to who asks for his turn.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The call leaves now, with these keys of the pool.
    Go(Instant, Vec<String>),
    /// It is not its turn yet.
    Wait(Wait),
    /// Nothing leaves before then.
    Closed(Instant),
    /// It would have to wait longer than it can.
    Full(Duration),
    /// Nothing is wanted.
    Nothing,
}

impl Said {
    /// Reads what a script says that decides on a turn.
    pub(super) fn read(said: Vec<Value>, link: &Link) -> Result<Self, Away> {
        let mut said = said.into_iter();
        let word: String = said.next().and_then(text).ok_or(Away)?;
        let figure = said.next().and_then(|figure| match figure {
            Value::Int(figure) => u64::try_from(figure).ok(),
            _ => None,
        });
        let instant = || figure.and_then(|at| link.instant(at)).ok_or(Away);
        Ok(match word.as_str() {
            "go" => Self::Go(instant()?, said.filter_map(text).collect()),
            "wait" => Self::Wait(Wait {
                until: instant()?,
                position: match said.next() {
                    Some(Value::Int(position)) => usize::try_from(position).unwrap_or_default(),
                    _ => 0,
                },
            }),
            "closed" => Self::Closed(instant()?),
            "full" => Self::Full(Duration::from_micros(figure.ok_or(Away)?)),
            _ => Self::Nothing,
        })
    }
}

impl InPool {
    /// Reads what is said of a key.
    pub(super) fn read(said: &Value) -> Self {
        match said {
            Value::Int(wait) => Self::Full(Duration::from_micros(
                u64::try_from(*wait).unwrap_or_default(),
            )),
            Value::BulkString(word) if word == b"known" => Self::Known,
            _ => Self::Coming,
        }
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        _ => None,
    }
}
