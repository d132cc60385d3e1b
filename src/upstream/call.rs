//! Which of the service's calls was made.

use std::fmt;

use reqwest::Method;

use crate::model::Quota;

/// Writes the documented table once: what a call is named, by which method and path it goes, what it is called in figures, and
/// what a row of it costs.
macro_rules! calls {
    ($($(#[$doc:meta])+ $name:ident $method:ident $path:literal $figures:literal $quota:expr;)+) => {
        /// One of the calls that this client makes, for error texts, logs and accounts of what was spent.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Call {
            $($(#[$doc])+ $name,)+
        }

        impl Call {
            /// Every call once.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What one row of it costs, as documented; `None` if that is not documented.
            pub fn quota_per_row(self) -> Option<Quota> {
                match self {
                    $(Self::$name => $quota,)+
                }
            }

            /// The path below the version; `{carrier}` and `{number}` stand for what names a tracking.
            pub(super) fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)+
                }
            }

            /// What it is called where calls are counted.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $figures,)+
                }
            }

            pub(super) fn method(self) -> Method {
                match self {
                    $(Self::$name => Method::$method,)+
                }
            }
        }
    };
}

const FREE: Option<Quota> = Some(Quota::ZERO);
const UNDOCUMENTED: Option<Quota> = None;

calls! {
    /// Many trackings.
    List GET "/trackings/get" "trackings_get" FREE;
    /// One tracking.
    Single GET "/trackings/{carrier}/{number}" "trackings_get_one" FREE;
    /// Add one to the account.
    Create POST "/trackings/post" "trackings_post" Some(Quota::whole(1));
    /// Add many to the account.
    CreateBatch POST "/trackings/batch" "trackings_batch" Some(Quota::whole(1));
    /// Change what the shop wrote on one.
    Update PUT "/trackings/{carrier}/{number}" "trackings_put_one" FREE;
    /// Change what the shop wrote on many.
    UpdateBatch POST "/trackings/updatemore" "trackings_updatemore" FREE;
    /// Take one out of the account.
    Delete DELETE "/trackings/{carrier}/{number}" "trackings_delete_one" FREE;
    /// Take many out of the account.
    DeleteBatch POST "/trackings/delete" "trackings_delete" FREE;
    /// Have the service stop asking couriers by itself.
    StopUpdating POST "/trackings/notupdate" "trackings_notupdate" FREE;
    /// Ask the courier now. It needs quota; how much is not documented.
    Realtime POST "/trackings/realtime" "trackings_realtime" UNDOCUMENTED;
    /// Give a tracking another carrier.
    ChangeCarrier POST "/trackings/update" "trackings_update" FREE;
    /// The account itself.
    Account GET "/trackings/getuserinfo" "trackings_getuserinfo" FREE;
    /// How many trackings have each status.
    StatusCounts GET "/trackings/getstatusnumber" "trackings_getstatusnumber" FREE;
    /// Which couriers call an area remote.
    RemoteAreas POST "/trackings/remote" "trackings_remote" FREE;
    /// How long carriers take.
    TransitTimes POST "/trackings/costtime" "trackings_costtime" FREE;
    /// Air waybills. The price is for each of them.
    AirWaybills POST "/trackings/aircargo" "trackings_aircargo" Some(Quota::whole(20));
    /// Every carrier.
    Carriers GET "/carriers" "carriers" FREE;
    /// Guess the carrier.
    Detect POST "/carriers/detect" "carriers_detect" Some(Quota::of_tenths(2));
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.path())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_calls_are_written_alike() {
        let written: HashSet<String> = Call::ALL.iter().map(Call::to_string).collect();
        assert_eq!((written.len(), Call::ALL.len()), (18, 18));
        let names: HashSet<_> = Call::ALL.iter().map(|call| call.name()).collect();
        assert_eq!(names.len(), 18);
        assert!(written.contains("DELETE /trackings/{carrier}/{number}"));
    }

    #[test]
    fn only_what_the_documentation_prices_costs_something() {
        let priced: Vec<(Call, Option<String>)> = Call::ALL
            .iter()
            .map(|call| (*call, call.quota_per_row().map(|quota| quota.to_string())))
            .filter(|(_, quota)| quota.as_deref() != Some("0"))
            .collect();
        let cost = |quota: &str| Some(quota.to_owned());
        assert_eq!(
            priced,
            [
                (Call::Create, cost("1")),
                (Call::CreateBatch, cost("1")),
                (Call::Realtime, None),
                (Call::AirWaybills, cost("20")),
                (Call::Detect, cost("0.2")),
            ]
        );
    }
}
