//! The thread on which calls leave.
//!
//! A call that has its turn must arrive when its slot says so. Among thousands of requests that are answered at the same time
//! it would wait for its turn at the processor; on a thread of its own it does not.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::{BuildError, Call, Error};

/// The thread. Clones share it; it ends with the last of them.
#[derive(Debug, Clone)]
pub(super) struct Thread(Arc<Running>);

#[derive(Debug)]
struct Running(Option<Runtime>);

impl Thread {
    pub(super) fn start() -> Result<Self, BuildError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("upstream")
            .enable_all()
            .build()
            .map_err(|error| BuildError::Transport(error.to_string()))?;
        Ok(Self(Arc::new(Running(Some(runtime)))))
    }

    /// Does the work of a call there. Who does not wait for its end breaks it off.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        call: Call,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let Some(runtime) = &self.0.0 else {
            return Err(interrupted(call));
        };
        let mut working = Working(runtime.spawn(work));
        let done = (&mut working.0).await;
        done.unwrap_or_else(|_| Err(interrupted(call)))
    }
}

fn interrupted(call: Call) -> Error {
    Error::Interrupted {
        call,
        reason: "the work on it broke off".to_owned(),
    }
}

struct Working<T>(JoinHandle<T>);

impl<T> Drop for Working<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be dropped where nobody can wait for its end.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
