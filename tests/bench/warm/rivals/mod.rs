//! What the gateway is compared with: this program serves it, in processes of their own.

mod plain;
mod prepared;
mod types;

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;

use super::process::{Process, free_address, program};

/// Says that the program is to be one of them.
pub const FLAG: &str = "--rival";

/// Bytes that were written before anybody asked.
pub const PREPARED: &str = "prepared";

/// async-graphql as its documentation has it.
pub const PLAIN: &str = "plain";

/// Starts one, which is told these things.
pub fn start(name: &str, told: &[&str]) -> Process {
    let own = std::env::current_exe().unwrap();
    let address = free_address();
    let mut command = program(&[own.to_str().unwrap(), FLAG, name]);
    command.arg(address.to_string()).args(told);
    Process::announced(command, address)
}

/// Serves until somebody ends it. It is told its address first.
#[tokio::main]
pub async fn serve(rival: &str, told: &[String]) {
    let [address, told @ ..] = told else {
        panic!("no address")
    };
    let router = match (rival, told) {
        (PREPARED, [folder]) => prepared::router(folder),
        (PLAIN, [upstream, parcels]) => plain::router(upstream, parcels.parse().unwrap()),
        _ => panic!("there is no such rival: {rival} {told:?}"),
    };
    listen(address.parse().unwrap(), router).await;
}

/// As users of axum do it.
async fn listen(address: SocketAddr, router: Router) {
    let listener = TcpListener::bind(address).await.unwrap();
    println!("{address}");
    axum::serve(listener, router).await.unwrap();
}
