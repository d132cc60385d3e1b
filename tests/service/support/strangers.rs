//! Many who change something at the same time.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::Value;

use super::House;

/// Creates one tracking.
pub fn create(carrier: &str, number: &str) -> String {
    format!(
        "mutation {{ createTracking(input: {{ carrierCode: \"{carrier}\", trackingNumber: \"{number}\" }}) {{
            tracking {{ trackingNumber }} userErrors {{ code upstreamCode field }} }} }}"
    )
}

/// Creates any tracking, with variables as programs do it.
pub const CREATE: &str = "mutation($input: CreateTrackingInput!) { createTracking(input: $input) {
    tracking { trackingNumber } userErrors { code upstreamCode field } } }";

/// Creates a list of trackings.
pub fn create_many(numbers: impl Iterator<Item = usize>) -> String {
    let row = |number| format!("{{ carrierCode: \"dhl\", trackingNumber: \"LIST{number:06}\" }}");
    let rows: Vec<String> = numbers.map(row).collect();
    format!(
        "mutation {{ createTrackings(inputs: [{}]) {{ results {{ tracking {{ trackingNumber }} userErrors {{ code }} }} }} }}",
        rows.join(" ")
    )
}

/// The number of a tracking that the sandbox does not have.
pub fn number(row: usize) -> String {
    format!("NEW{row:07}")
}

/// Asks everything at once.
pub async fn ask_all(house: &House, operations: &[String]) -> Vec<Value> {
    join_all(operations.iter().map(|operation| house.ask(operation))).await
}

/// How many answers have which code, be it in `userErrors` or in `errors`.
pub fn codes(answers: &[Value], field: &str) -> BTreeMap<String, usize> {
    let mut codes = BTreeMap::new();
    for answer in answers {
        let refused = &answer["data"][field]["userErrors"][0]["code"];
        let failed = &answer["errors"][0]["extensions"]["code"];
        let code = refused.as_str().or(failed.as_str()).unwrap_or("OK");
        *codes.entry(code.to_owned()).or_insert(0) += 1;
    }
    codes
}
