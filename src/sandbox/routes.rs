//! Every path that the sandbox answers.

use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::routing::{MethodRouter, any, delete, get, post, put};
use axum::{Extension, Router};

use super::arrival::Arrival;
use super::control;
use super::faults::deliver;
use super::line::Cable;
use super::log::Endpoint;
use super::server::Sandbox;

const ONE: &str = "/v2/trackings/{carrier}/{number}";
const ONE_IN_A_LANGUAGE: &str = "/v2/trackings/{carrier}/{number}/{lang}";

/// The whole site.
pub fn routes(sandbox: Sandbox) -> Router {
    let api = Router::new()
        .route("/v2/trackings/get", at(get(call), Endpoint::List))
        .route(
            "/v2/trackings/getuserinfo",
            at(get(call), Endpoint::UserInfo),
        )
        .route(
            "/v2/trackings/getstatusnumber",
            at(get(call), Endpoint::StatusNumber),
        )
        .route("/v2/trackings/post", at(post(call), Endpoint::Post))
        .route("/v2/trackings/realtime", at(post(call), Endpoint::Realtime))
        .route("/v2/trackings/batch", at(post(call), Endpoint::Batch))
        .route(
            "/v2/trackings/updatemore",
            at(post(call), Endpoint::UpdateMore),
        )
        .route("/v2/trackings/delete", at(post(call), Endpoint::DeleteMore))
        .route(
            "/v2/trackings/notupdate",
            at(post(call), Endpoint::StopUpdating),
        )
        .route(
            "/v2/trackings/update",
            at(post(call), Endpoint::ChangeCarrier),
        )
        .route("/v2/trackings/remote", at(post(call), Endpoint::Remote))
        .route("/v2/trackings/costtime", at(post(call), Endpoint::CostTime))
        .route("/v2/trackings/aircargo", at(post(call), Endpoint::AirCargo))
        .route(ONE, at(get(call), Endpoint::Single))
        .route(ONE, at(put(call), Endpoint::Update))
        .route(ONE, at(delete(call), Endpoint::Delete))
        .route(ONE_IN_A_LANGUAGE, at(get(call), Endpoint::Single))
        .route("/v2/carriers", at(get(call), Endpoint::Carriers))
        .route("/v2/carriers/", at(get(call), Endpoint::Carriers))
        .route("/v2/carriers/detect", at(post(call), Endpoint::Detect))
        .method_not_allowed_fallback(at(any(call), Endpoint::WrongMethod))
        .fallback(at(any(call), Endpoint::NoSuchPath));
    let control = Router::new()
        .route("/__stats", get(control::stats))
        .route("/__calls", get(control::calls).delete(control::clear_calls))
        .route("/__parcels", get(control::parcels))
        .route("/__clock", post(control::clock))
        .route("/__nudge", post(control::nudge))
        .route("/__webhook", post(control::webhook))
        .route("/__quota", post(control::quota))
        .route(
            "/__faults",
            post(control::faults).delete(control::clear_faults),
        );
    api.merge(control).with_state(sandbox)
}

fn at(route: MethodRouter<Sandbox>, endpoint: Endpoint) -> MethodRouter<Sandbox> {
    route.layer(Extension(endpoint))
}

/// The way of every call of the API.
async fn call(
    State(sandbox): State<Sandbox>,
    Extension(endpoint): Extension<Endpoint>,
    ConnectInfo(cable): ConnectInfo<Cable>,
    request: Request,
) -> Response {
    let arrival = Arrival::read(endpoint, request).await;
    let (reply, fault) = sandbox.account().receive(&arrival);
    tokio::select! {
        biased;
        response = deliver(reply.clone(), fault, &cable) => response,
        // Who is kept waiting must not keep the sandbox from stopping.
        () = sandbox.stopping() => {
            cable.cut();
            deliver(reply, None, &cable).await
        }
    }
}
