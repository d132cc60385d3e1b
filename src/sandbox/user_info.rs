//! `GET /trackings/getuserinfo`: the account.

use serde_json::json;

use super::account::Account;
use super::envelope::{Code, Reply};

/// The documentation's account with what this one has left. The time of registration is an epoch as text.
pub fn answer(account: &Account) -> Result<Reply, Code> {
    let data = json!({
        "email": account.email(),
        "regtime": "1469097290",
        "phone": "+8612345678910",
        "money": 999,
        "track_number": account.quota.whole(),
    });
    Ok(Reply::envelope(Code::OK, &data))
}
