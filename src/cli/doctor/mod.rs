//! Looks at everything that a server of these settings needs, and says what to do about what is not right.
//!
//! Each file knows one thing and judges what it is given. All checks are made, even if some fail, and none for longer than its
//! deadline.

mod account;
mod address;
mod clock;
mod finding;
mod limits;
mod redis;
mod server;
mod webhook;

use std::time::Duration;

use clap::Args;
use reqwest::Url;
use tokio::time::timeout;

use super::{Failure, Options, print, settings};
use crate::app::{self, NotAsked, Visitor};
use crate::redis_link;
use crate::settings::{Settings, Upstream};
use crate::web::capacity;

use finding::{Finding, Verdict};
use server::Server;

/// How long each step may take: what can be waited for is found, looked at and called in three of them.
const DEADLINE: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(super) struct DoctorOptions {
    #[command(flatten)]
    options: Options,
    /// The address that TrackingMore is given for its messages, https://HOST/webhooks/trackingmore: tries whether it leads here
    #[arg(long, value_name = "URL")]
    webhook_url: Option<Url>,
}

/// Tells what it finds, one line each. It is a failure if anything is.
pub(super) fn examine(options: &DoctorOptions) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let findings = runtime.block_on(all(options));
    // A name that is still being looked up keeps nobody waiting.
    runtime.shutdown_background();
    let lines: String = findings.iter().map(|it| format!("{it}\n")).collect();
    print(lines)?;
    let is_failure = findings.iter().any(|it| it.verdict == Verdict::Fail);
    match is_failure {
        true => Err(Failure(Vec::new())),
        false => Ok(()),
    }
}

async fn all(options: &DoctorOptions) -> Vec<Finding> {
    let webhook = async {
        let url = options.webhook_url.as_ref()?;
        let posted = timeout(DEADLINE, webhook::post(url)).await;
        Some(posted.unwrap_or_else(|_| webhook::silent(url, DEADLINE.as_secs())))
    };
    let (mut findings, webhook) = match settings(&options.options) {
        Ok(settings) => tokio::join!(of(&settings), webhook),
        Err(Failure(lines)) => {
            let wrong = lines.iter().map(|line| Finding::fail("settings", line, ""));
            (wrong.collect(), webhook.await)
        }
    };
    findings.extend(webhook);
    findings
}

/// What is found of settings that could be in force.
async fn of(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![Finding::ok("settings", "right")];
    findings.extend(documents(settings));
    let visitor = Visitor::of(settings).await.ok().flatten();
    let (keys, server, mut redis, address) = tokio::join!(
        keys(settings),
        Server::find(settings.listen, DEADLINE),
        redis(settings, visitor.as_ref()),
        address(settings),
    );
    findings.extend(keys);
    findings.push(server.judge());
    findings.append(&mut redis);
    findings.push(address::certificates());
    let is_known = address.as_ref().is_none_or(|it| it.verdict == Verdict::Ok);
    findings.extend(address);
    if let Some(visitor) = visitor.filter(|_| is_known) {
        findings.append(&mut account(settings, &visitor, &server).await);
    }
    findings.append(&mut limits::judge(settings, capacity()));
    findings.push(webhook::is_set_up(settings));
    findings
}

fn documents(settings: &Settings) -> Vec<Finding> {
    let what = "trusted documents";
    match app::trusted_documents(settings) {
        Ok(None) => Vec::new(),
        Ok(Some(_)) => vec![Finding::ok(what, "all of them are valid")],
        Err(wrong) => {
            let lines = wrong.to_string();
            let wrong = lines.lines().map(|line| Finding::fail(what, line, ""));
            wrong.collect()
        }
    }
}

async fn keys(settings: &Settings) -> Option<Finding> {
    let what = "keys of the issuer";
    let source = settings.access.jwt.as_ref()?.keys.as_ref()?;
    let advice = "without them tokens of the issuer are refused: check the address, and that this machine may call it";
    Some(match timeout(DEADLINE, source.count()).await {
        Ok(Ok(0)) => Finding::fail(
            what,
            format_args!("{source} has none for RS256, ES256 or EdDSA"),
            "have the issuer publish one",
        ),
        Ok(Ok(count)) => Finding::ok(what, format_args!("{source} has {count}")),
        Ok(Err(error)) => Finding::fail(what, error, advice),
        Err(_) => Finding::fail(what, format_args!("{source} does not answer"), advice),
    })
}

async fn redis(settings: &Settings, visitor: Option<&Visitor>) -> Vec<Finding> {
    let Some(address) = &settings.redis else {
        let alone = "none, so that this process is the only one that may call TrackingMore";
        return vec![Finding::ok("redis", alone)];
    };
    // Those of a sandbox are its own.
    let secret = visitor.map_or_else(redis_link::new_secret, |it| it.secret().to_vec());
    let examined = timeout(DEADLINE, redis_link::examine(address, &secret)).await;
    let silent = || redis_link::Unusable::Unreachable(format!("no answer within {DEADLINE:?}"));
    let seen = match examined.unwrap_or_else(|_| Err(silent())) {
        Ok(seen) => seen,
        Err(why) => return vec![redis::unusable(&why)],
    };
    let mut findings = redis::judge(&address.to_string(), &seen);
    findings.push(clock::by_redis(seen.ahead, seen.round_trip));
    if let Some(visitor) = visitor
        && let Ok(seated) = visitor.seated(DEADLINE).await
    {
        findings.append(&mut redis::seats(&seated, settings.replicas));
    }
    findings
}

async fn address(settings: &Settings) -> Option<Finding> {
    let Upstream::TrackingMore { base_url, .. } = &settings.upstream else {
        return None;
    };
    let looked_up = timeout(DEADLINE, address::look_up(base_url)).await;
    Some(looked_up.unwrap_or_else(|_| address::unknown(base_url)))
}

async fn account(settings: &Settings, visitor: &Visitor, server: &Server) -> Vec<Finding> {
    // With a Redis all of them take turns.
    let user = server.uses_account().filter(|_| settings.redis.is_none());
    if let Some(why) = user {
        return vec![account::left_alone(&why)];
    }
    // For Redis, for the turn, and for the answer.
    let asked = timeout(3 * DEADLINE, visitor.ask(DEADLINE)).await;
    let asked = asked.unwrap_or(Err(NotAsked::Away(redis_link::Away)));
    let mut findings = account::judge(&asked);
    findings.extend(asked.ok().as_ref().and_then(clock::by_upstream));
    findings
}
