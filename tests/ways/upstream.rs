//! An upstream that tells what the fixtures hold, and nothing else.

use std::fs;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Where it listens. It ends with the program.
pub async fn open() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async {
        axum::serve(listener, Router::new().fallback(answer))
            .await
            .unwrap()
    });
    format!("http://{address}/v2")
}

async fn answer(request: Request) -> Result<Json<Value>, StatusCode> {
    let language = request.headers().get("lang");
    let answer = match request.uri().path() {
        // Some lists of carriers cannot be had.
        "/v2/carriers" if language.is_some_and(|it| it == "ru") => {
            return Err(StatusCode::INTERNAL_SERVER_ERROR);
        }
        "/v2/carriers" => fixture("carriers.200.json"),
        "/v2/trackings/get" => match request.uri().query().unwrap_or_default() {
            query if query.contains("numbers=") => fixture("trackings_get.empty.200.json"),
            _ => page(),
        },
        _ => return Err(StatusCode::NOT_FOUND),
    };
    Ok(Json(answer))
}

/// The account's trackings, and one that cannot be read.
fn page() -> Value {
    let mut page = fixture("trackings_get.200.json");
    let items = page["data"]["items"].as_array_mut().unwrap();
    for name in [
        "trackings_single.200.json",
        "trackings_single.pending.200.json",
    ] {
        items.push(fixture(name)["data"].clone());
    }
    let realtime = fixture("trackings_realtime.200.json");
    items.extend(
        realtime["data"]["items"]
            .as_array()
            .cloned()
            .unwrap_or_default(),
    );
    items.insert(1, json!({ "carrier_code": "dhl", "tracking_number": "?" }));
    let count = items.len();
    page["data"]["total"] = json!(count);
    page
}

fn fixture(name: &str) -> Value {
    let text = fs::read_to_string(format!("tests/fixtures/{name}")).unwrap();
    serde_json::from_str(&text).unwrap()
}
