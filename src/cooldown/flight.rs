//! A parcel that this replica asks about on behalf of all.

use std::sync::Arc;

use thiserror::Error;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{LOOK_AGAIN, Micros, Twin};

pub use super::book::Spent;

/// Why the call of a flight must not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Lost {
    /// Another replica may have the parcel: it has to be claimed again.
    #[error("another replica may ask about this parcel by now")]
    ToOthers,
    /// Redis is away, and a departure that nobody hears of would be repeated.
    #[error("Redis is away")]
    Apart,
}

/// The right to ask about one parcel. It is kept for as long as this lives; dropped, it ends with what is known then.
#[derive(Debug)]
pub struct Flight {
    twin: Twin,
    name: Arc<str>,
    holder: Arc<str>,
    spent: Spent,
    /// When its call left.
    departed: Option<Micros>,
    renewing: Option<JoinHandle<()>>,
    is_over: bool,
}

impl Flight {
    pub(super) fn new(twin: Twin, name: String, holder: String) -> Self {
        let (name, holder): (Arc<str>, Arc<str>) = (name.into(), holder.into());
        let renewing = match &twin {
            Twin::Alone(_) => None,
            Twin::Shared(fleet) => {
                let (fleet, name, holder) = (fleet.clone(), name.clone(), holder.clone());
                Some(tokio::spawn(async move {
                    loop {
                        sleep(LOOK_AGAIN).await;
                        fleet.renew(&name, &holder).await;
                    }
                }))
            }
        };
        Self {
            twin,
            name,
            holder,
            spent: Spent::Nothing,
            departed: None,
            renewing,
            is_over: false,
        }
    }

    /// Notes that the call leaves when this returns: from then on it counts, whatever becomes of this replica.
    pub async fn departs(&mut self) -> Result<(), Lost> {
        let departed = match &self.twin {
            Twin::Alone(memory) => {
                let departed = memory.depart(&self.name, &self.holder);
                departed.ok_or(Lost::ToOthers)
            }
            Twin::Shared(fleet) => fleet.depart(&self.name, &self.holder).await,
        }?;
        self.departed = Some(departed);
        self.spent = Spent::Call;
        Ok(())
    }

    /// Ends the flight and tells all who wait what is said of it.
    pub async fn ends(mut self, spent: Spent, said: &str) {
        self.is_over = true;
        match &self.twin {
            Twin::Alone(memory) => memory.end(&self.name, Some(&self.holder), spent, said),
            Twin::Shared(fleet) => {
                if let (Spent::Nothing, Some(at)) = (spent, self.departed) {
                    fleet.take_back(&self.name, at);
                }
                fleet.end(&self.name, Some(&self.holder), spent, said).await;
            }
        }
    }

    /// Lets the parcel go without a word, so that the next who asks begins anew.
    pub async fn lets_go(mut self) {
        self.is_over = true;
        match &self.twin {
            Twin::Alone(memory) => memory.let_go(&self.name, &self.holder, self.spent),
            Twin::Shared(fleet) => fleet.let_go(&self.name, &self.holder, self.spent).await,
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(renewing) = &self.renewing {
            renewing.abort();
        }
        if self.is_over {
            return;
        }
        match &self.twin {
            Twin::Alone(memory) => memory.let_go(&self.name, &self.holder, self.spent),
            Twin::Shared(fleet) => {
                let (fleet, name, holder) = (fleet.clone(), self.name.clone(), self.holder.clone());
                let spent = self.spent;
                // Flights are also dropped while a runtime ends; then the lease runs out.
                if let Ok(runtime) = Handle::try_current() {
                    runtime.spawn(async move { fleet.let_go(&name, &holder, spent).await });
                }
            }
        }
    }
}
