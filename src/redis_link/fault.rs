//! What an error of Redis means for the session.

use redis::RedisError;

/// Why a command has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Another node of the cluster, `host:port`, has our keys.
    Moved(String),
    /// Redis cannot be used at present.
    Away(String),
    /// The command was refused for what it is. The next one may succeed.
    Refused(String),
}

impl Fault {
    pub(super) fn silent() -> Self {
        Self::Away("it does not answer in time".to_owned())
    }
}

impl From<RedisError> for Fault {
    fn from(error: RedisError) -> Self {
        match error.code() {
            Some("MOVED") => match error.redirect_node() {
                Some((node, _)) => Self::Moved(node.to_owned()),
                None => Self::Away(error.to_string()),
            },
            Some("ERR" | "WRONGTYPE" | "CROSSSLOT" | "NOSCRIPT") => {
                Self::Refused(error.to_string())
            }
            // LOADING, READONLY, OOM, CLUSTERDOWN and all else that it says of itself; or no answer at all.
            _ => Self::Away(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(answer: &str) -> Fault {
        let value = redis::parse_redis_value(format!("{answer}\r\n").as_bytes());
        value
            .and_then(redis::Value::extract_error)
            .unwrap_err()
            .into()
    }

    #[test]
    fn a_redis_that_cannot_serve_is_away() {
        for answer in [
            "-LOADING Redis is loading the dataset in memory",
            "-READONLY You can't write against a read only replica.",
            "-OOM command not allowed when used memory > 'maxmemory'.",
            "-MISCONF Redis is configured to save RDB snapshots",
            "-NOAUTH Authentication required.",
            "-CLUSTERDOWN Hash slot not served",
            "-ASK 1 127.0.0.1:1",
            "-TRYAGAIN Multiple keys request during rehashing of slot",
            "-MOVED nonsense",
            "HTTP/1.1 400 Bad Request",
        ] {
            assert!(matches!(fault(answer), Fault::Away(_)), "{answer}");
        }
    }

    #[test]
    fn a_slot_that_moved_names_its_node() {
        let moved = fault("-MOVED 3999 127.0.0.1:6381");
        assert_eq!(moved, Fault::Moved("127.0.0.1:6381".to_owned()));
        assert_eq!(fault("-MOVED 3999 :6381"), Fault::Moved(":6381".to_owned()));
    }

    #[test]
    fn a_command_that_is_wrong_says_nothing_of_redis() {
        for answer in ["-ERR unknown command", "-WRONGTYPE Operation against a key"] {
            assert!(matches!(fault(answer), Fault::Refused(_)), "{answer}");
        }
    }
}
