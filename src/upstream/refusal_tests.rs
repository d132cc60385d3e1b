//! The documented refusals, read as they are.

use super::fixture_tests::{fixture, open};
use super::{Call, Code, Error, Kind};

/// Every documented code that is no success, and what to do about it.
pub(super) const REFUSALS: [(u16, Code, Kind); 25] = [
    (202, Code::OverLimit, Kind::Quota),
    (401, Code::Unauthorized, Kind::BadKey),
    (402, Code::PaymentRequired, Kind::Quota),
    (403, Code::AccessDenied, Kind::Forbidden),
    (404, Code::ResourceNotFound, Kind::NotFound),
    (405, Code::MethodNotAllowed, Kind::Other),
    (409, Code::Conflict, Kind::Conflict),
    (429, Code::TooManyRequests, Kind::TooManyRequests),
    (500, Code::ServerError, Kind::Unavailable),
    (503, Code::Maintenance, Kind::Unavailable),
    (4001, Code::InvalidApiKey, Kind::BadKey),
    (4002, Code::DeletedApiKey, Kind::BadKey),
    (4012, Code::MissingParameters, Kind::BadInput),
    (4013, Code::NumberRequired, Kind::BadInput),
    (4014, Code::InvalidNumber, Kind::BadInput),
    (4015, Code::InvalidCarrier, Kind::BadInput),
    (4016, Code::AlreadyExists, Kind::Conflict),
    (4017, Code::DoesNotExist, Kind::NotFound),
    (4018, Code::NeedsActivation, Kind::Forbidden),
    (4019, Code::BalanceTooLow, Kind::Quota),
    (4020, Code::TooManyAtATime, Kind::BatchTooLarge),
    (4021, Code::QuotaTooLow, Kind::Quota),
    (4031, Code::NoContent, Kind::NotFound),
    (4032, Code::CarrierNotDetected, Kind::NotDetected),
    (4033, Code::InvalidStatus, Kind::BadInput),
];

#[test]
fn every_documented_refusal_has_a_name_and_a_kind() {
    for (number, code, kind) in REFUSALS {
        let body = fixture(&format!("errors/error.{number}.json"));
        let error = open(Call::Single, body.as_bytes()).unwrap_err();
        assert_eq!(Code::from(number), code);
        assert_eq!(error.upstream_code(), Some(number));
        assert_eq!((error.kind(), code.kind()), (kind, kind), "{number}");
        match error {
            Error::Refused {
                code: found,
                message,
                ..
            } => {
                assert_eq!(found, code);
                assert!(message.is_some(), "{number}");
            }
            other => assert!(matches!(other, Error::TooManyRequests { .. }), "{number}"),
        }
    }
}
