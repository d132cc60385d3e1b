//! What the account wrote on a tracking.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::dice;

/// The account's own fields. Unset ones are null or `""`, as in the service's answers.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    /// What is in the parcel.
    pub title: Value,
    /// The shop's order.
    pub order_id: Value,
    /// A remark.
    pub comment: Value,
    /// Who gets it.
    pub customer_name: Value,
    /// A string, a list of strings, `""` or null.
    pub customer_email: Value,
    /// The receiver's phone.
    pub customer_phone: Value,
    /// How it is sent.
    pub logistics_channel: Value,
    /// When the order was made.
    pub order_create_time: Option<Timestamp>,
    /// Whether the shop has put it away.
    pub archived: bool,
    /// The country to which the account has moved it since, by its code; `""` when it took the country away.
    pub destination_code: Option<String>,
}

const TITLES: [&str; 6] = [
    "Wireless headphones",
    "陶瓷茶壶",
    "Bike light, 2 pcs",
    "Winter coat / grey",
    "Bücher & Noten",
    "Phone case",
];
const NAMES: [&str; 5] = [
    "Ada Sample",
    "王小明",
    "Jörg Muster",
    "Inês Exemplo",
    "Sample Customer",
];

impl Metadata {
    /// What a shop might have written on its nth parcel: much, something or nothing.
    pub fn generated(index: usize, number: &str, created: Timestamp) -> Self {
        let roll = |purpose: &str, sides| dice::roll(number, purpose, sides);
        let or_unset = |purpose: &str, text: String| match roll(purpose, 4) {
            0 => Value::Null,
            1 => json!(""),
            _ => json!(text),
        };
        let order = 1000 + index;
        let email = format!("customer{order}@example.com");
        Self {
            title: or_unset("titled", (*dice::pick(number, "title", &TITLES)).to_owned()),
            order_id: or_unset("ordered", format!("ORDER-{order}")),
            comment: match roll("comment", 5) {
                0 => json!("gift, 请勿折叠"),
                _ => Value::Null,
            },
            customer_name: or_unset("named", (*dice::pick(number, "name", &NAMES)).to_owned()),
            customer_email: match roll("email", 4) {
                0 => Value::Null,
                1 => json!(""),
                2 => json!([email]),
                _ => json!(email),
            },
            customer_phone: Value::Null,
            logistics_channel: Value::Null,
            order_create_time: (roll("order time", 2) == 0).then_some(created),
            archived: roll("archived", 8) == 0,
            destination_code: None,
        }
    }
}
