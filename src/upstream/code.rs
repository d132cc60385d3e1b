//! The service's own outcome codes.

use std::fmt;

use super::Kind;

/// Writes the documented table once and derives both directions and the kinds from it.
macro_rules! codes {
    ($($(#[$doc:meta])+ $number:literal $name:ident $kind:ident;)+) => {
        /// A value of `meta.code`: every documented one has a name, the wording is that of the documentation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])+ $name,)+
            /// A code that version 2 does not document.
            Other(u16),
        }

        impl From<u16> for Code {
            fn from(number: u16) -> Self {
                match number {
                    $($number => Self::$name,)+
                    other => Self::Other(other),
                }
            }
        }

        impl Code {
            /// The number on the wire.
            pub fn number(self) -> u16 {
                match self {
                    $(Self::$name => $number,)+
                    Self::Other(number) => number,
                }
            }

            /// What it means to a caller; an unknown code is judged by its first digit.
            pub fn kind(self) -> Kind {
                match self {
                    $(Self::$name => Kind::$kind,)+
                    Self::Other(400..=499 | 4000..=4999) => Kind::BadInput,
                    Self::Other(500..=599 | 5000..=5999) => Kind::Unavailable,
                    Self::Other(_) => Kind::Other,
                }
            }
        }
    };
}

codes! {
    /// Success.
    200 Success Other;
    /// The request was successful and a resource was created.
    201 Created Other;
    /// The request was successful but exceeding the limit; it carries nothing.
    202 OverLimit Quota;
    /// Authentication failed or no permission.
    401 Unauthorized BadKey;
    /// Payment required.
    402 PaymentRequired Quota;
    /// Access denied.
    403 AccessDenied Forbidden;
    /// Resource was not found.
    404 ResourceNotFound NotFound;
    /// The method is not supported here: a fault of this client.
    405 MethodNotAllowed Other;
    /// Conflict.
    409 Conflict Conflict;
    /// Over the limits: pause, wait two minutes, try again.
    429 TooManyRequests TooManyRequests;
    /// Server error.
    500 ServerError Unavailable;
    /// Maintenance.
    503 Maintenance Unavailable;
    /// Invalid API key.
    4001 InvalidApiKey BadKey;
    /// The API key has been deleted.
    4002 DeletedApiKey BadKey;
    /// Not understood, or required parameters are missing.
    4012 MissingParameters BadInput;
    /// The tracking number is required.
    4013 NumberRequired BadInput;
    /// The value of `tracking_number` is invalid.
    4014 InvalidNumber BadInput;
    /// The value of `carrier_code` is invalid; also the answer to a body that is not JSON.
    4015 InvalidCarrier BadInput;
    /// The tracking already exists; also seen in live answers.
    4016 AlreadyExists Conflict;
    /// The tracking does not exist.
    4017 DoesNotExist NotFound;
    /// The feature needs activation by the vendor.
    4018 NeedsActivation Forbidden;
    /// The balance is not enough.
    4019 BalanceTooLow Quota;
    /// Up to 200 at a time.
    4020 TooManyAtATime BatchTooLarge;
    /// The remaining quota is not enough, or the trial is over.
    4021 QuotaTooLow Quota;
    /// Successful but empty: create the tracking first. Lists answer it, too, when nothing matches.
    4031 NoContent NotFound;
    /// The courier cannot be detected.
    4032 CarrierNotDetected NotDetected;
    /// The value of `status` is invalid.
    4033 InvalidStatus BadInput;
}

impl Code {
    /// Whether the answer carries data.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Success | Self::Created)
    }

    /// Whether it is about the rows of a batch, so that it holds for each of them, and not about the account or the call.
    pub(super) fn is_about_rows(self) -> bool {
        let about_a_tracking = matches!(
            self.kind(),
            Kind::BadInput | Kind::Conflict | Kind::NotFound | Kind::NotDetected
        );
        about_a_tracking && (4000..=4999).contains(&self.number())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_survives_the_way_through_the_enum() {
        for number in 0..=u16::MAX {
            assert_eq!(Code::from(number).number(), number);
        }
    }

    #[test]
    fn codes_of_the_account_or_of_the_call_are_not_about_rows() {
        for about_rows in [4012, 4013, 4014, 4015, 4016, 4017, 4031, 4032, 4033, 4110] {
            assert!(Code::from(about_rows).is_about_rows(), "{about_rows}");
        }
        for other in [
            202, 401, 402, 403, 404, 405, 409, 429, 500, 503, 4001, 4002, 4018, 4019, 4020, 4021,
            0, 5000,
        ] {
            assert!(!Code::from(other).is_about_rows(), "{other}");
        }
    }

    #[test]
    fn unknown_codes_are_judged_by_their_class() {
        for (number, kind) in [
            (4101, Kind::BadInput),
            (418, Kind::BadInput),
            (511, Kind::Unavailable),
            (5003, Kind::Unavailable),
            (203, Kind::Other),
            (0, Kind::Other),
        ] {
            assert_eq!(Code::from(number), Code::Other(number));
            assert_eq!(Code::from(number).kind(), kind, "{number}");
        }
    }
}
