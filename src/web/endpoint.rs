//! The address at which operations are asked for, in whatever way.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;

use super::reception::{admit, respond};
use super::refused::Refused;
use super::{Entrance, Rules, cors, head, hosts, operation, socket};

/// Answers whoever asks for an operation, or opens a socket. What is wrong with a head is told like all else: also to pages
/// that may ask, and for nobody to keep.
pub(super) async fn ask(entrance: Arc<Entrance>, request: Request) -> Response {
    let rules = entrance.rules.get();
    if let Err(refused) = hosts::check(&rules.settings.hosts, request.headers()) {
        return respond(&request, refused);
    }
    let answer = async |request: Request| match admit(&request).await {
        Ok(()) => answer(&entrance, &rules, request).await,
        Err(refused) => respond(&request, refused),
    };
    head::forget(cors::around(&rules.settings.origins, &rules.cors, request, answer).await).await
}

async fn answer(entrance: &Arc<Entrance>, rules: &Rules, request: Request) -> Response {
    match *request.method() {
        Method::POST => operation::post(entrance, rules, request).await,
        Method::GET | Method::HEAD => socket::open(entrance.clone(), rules, request).await,
        _ => {
            let refused = Refused::method("send operations by POST, or queries by GET");
            respond(&request, refused)
        }
    }
}
