//! What came in over HTTP.

use super::sheet::Sheet;
use crate::web::shedding::Shedding;
use crate::web::traffic::Traffic;

pub(super) fn note(sheet: &mut Sheet, traffic: &Traffic, shedding: &Shedding) {
    sheet.counts(
        "http_responses",
        "Responses of this replica by route and by class of status; none is for clients that left before",
        ["route", "status"],
        traffic.answers(),
    );
    sheet.level(
        "http_requests_in_flight",
        "Requests that have no response yet, this scrape among them",
        traffic.under_way(),
    );
    sheet.level(
        "connections",
        "Connections of clients that are open",
        traffic.connections(),
    );
    sheet.counts(
        "crowded",
        "How often there was no room: for a connection (threshold), for a request over one (connection) or for a subscriber \
         (seat)",
        ["lack"],
        traffic.lacks(),
    );
    sheet.count(
        "shed",
        "Requests and operations that were turned away because the server was late with others",
        shedding.count(),
    );
}
