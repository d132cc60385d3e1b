//! What the shop wrote on a tracking itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Text;
use super::personal::debug_without_content;

/// The shop's own remarks on a tracking. Blank and unset are the same. `Debug` shows nothing that tells of people.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Metadata {
    /// The goods, or any title.
    pub title: Option<Text>,
    /// The shop's order id.
    pub order_id: Option<Text>,
    /// When the order was placed.
    pub order_time: Option<OrderTime>,
    /// The shop's remark.
    pub comment: Option<Text>,
    /// The recipient.
    pub customer_name: Option<Text>,
    /// The recipient's mail addresses.
    pub customer_emails: Box<[Text]>,
    /// The recipient's phone number.
    pub customer_phone: Option<Text>,
    /// The service by which it was sent, in the shop's words.
    pub logistics_channel: Option<Text>,
    /// Whether the shop archived it; unknown in answers that do not say.
    pub archived: Option<bool>,
}

debug_without_content!(Metadata {
    title, order_id, order_time, logistics_channel, archived;
    personal comment, customer_name, customer_emails, customer_phone
});

/// When an order was placed: the upstream echoes the shop's text or gives an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderTime {
    /// As the shop wrote it, without a zone.
    Written(Text),
    /// An instant.
    Instant(Timestamp),
}
