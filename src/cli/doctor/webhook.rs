//! Whether TrackingMore's messages arrive: a message that nobody signed has to be refused as this service does it.

use std::error::Error;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};

use super::finding::Finding;
use crate::settings::{Settings, Upstream};
use crate::upstream::UNSIGNED;
use crate::web::NOT_TAKEN;

const WHAT: &str = "webhook";

/// As much of an answer as tells who gave it, in bytes.
const ENOUGH: usize = 4 * 1024;

/// What came back.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    /// Where a redirect leads.
    leads_to: Option<String>,
    body: String,
}

/// Whether messages are taken at all.
pub(super) fn is_set_up(settings: &Settings) -> Finding {
    match (&settings.webhook_signer, &settings.upstream) {
        (Some(_), _) => Finding::ok(WHAT, "messages are taken that the account's owner signs"),
        (None, Upstream::Sandbox { .. }) => Finding::ok(WHAT, "messages of the sandbox are taken"),
        (None, Upstream::TrackingMore { .. }) => Finding::ok(
            WHAT,
            "not set up, so that changes are found by polling alone; WEBHOOK_EMAIL sets it up",
        ),
    }
}

/// Posts such a message, and looks who answers.
pub(super) async fn post(url: &Url) -> Finding {
    let shown = shown(url);
    match exchange(url).await {
        Ok(answer) => judge(&shown, &answer),
        Err(error) => unreachable(&shown, &root_cause(&error)),
    }
}

async fn exchange(url: &Url) -> reqwest::Result<Answer> {
    let client = Client::builder().redirect(Policy::none()).build()?;
    let request = client.post(url.clone());
    let request = request.header(CONTENT_TYPE, "application/json").body("{}");
    let mut response = request.send().await?;
    let mut body = Vec::new();
    let (status, leads_to) = (response.status(), response.headers().get(LOCATION));
    let leads_to = leads_to.and_then(|to| Some(to.to_str().ok()?.to_owned()));
    while body.len() < ENOUGH
        && let Some(part) = response.chunk().await?
    {
        body.extend_from_slice(&part);
    }
    Ok(Answer {
        status,
        leads_to,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn judge(shown: &str, answer: &Answer) -> Finding {
    let Answer { status, body, .. } = answer;
    let number = status.as_u16();
    if *status == StatusCode::BAD_REQUEST && body.contains(UNSIGNED) {
        return Finding::ok(
            WHAT,
            format_args!("{shown} leads here; set it in TrackingMore's dashboard"),
        );
    }
    if *status == StatusCode::NOT_FOUND && body.contains(NOT_TAKEN) {
        return Finding::fail(
            WHAT,
            format_args!("{shown} leads to a server that takes no messages"),
            "start it with WEBHOOK_EMAIL, the e-mail with which the account's owner logs in to TrackingMore",
        );
    }
    if let Some(to) = &answer.leads_to {
        let to = Url::parse(to).map_or_else(|_| "elsewhere".to_owned(), |to| self::shown(&to));
        return Finding::fail(
            WHAT,
            format_args!("{shown} is answered with {number} and leads to {to}"),
            "give TrackingMore the address behind it, and have the proxy pass POST on without a login",
        );
    }
    let advice = match number {
        401 | 403 => {
            "have the proxy pass /webhooks/trackingmore on without a login: messages are signed"
        }
        404 => "the path has to be /webhooks/trackingmore, and the proxy has to pass it on",
        405 => "have the proxy pass POST on",
        413 => "have the proxy take bodies of 256 KiB",
        502..=504 => "check that a server runs behind the proxy, and its log",
        _ => "have the proxy pass /webhooks/trackingmore on to this server",
    };
    let what = match looks_like_page(body) {
        true => " and a page",
        false => "",
    };
    Finding::fail(
        WHAT,
        format_args!("{shown} is answered with {number}{what}, and not by this service"),
        advice,
    )
}

fn looks_like_page(body: &str) -> bool {
    body.trim_start().starts_with('<')
}

fn unreachable(shown: &str, why: &str) -> Finding {
    let advice = match why.contains("certificate") {
        true => {
            "give the proxy a certificate that everybody trusts, with all that is between it and its root"
        }
        false => {
            "check the host's name, the proxy and its firewall: TrackingMore has to reach it from outside"
        }
    };
    Finding::fail(
        WHAT,
        format_args!("{shown} cannot be reached: {why}"),
        advice,
    )
}

/// Nobody answered in time.
pub(super) fn silent(url: &Url, seconds: u64) -> Finding {
    unreachable(&shown(url), &format!("no answer within {seconds} s"))
}

/// What stands before and behind may be a secret.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Of an address that cannot have them there is nothing to take away.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// The innermost reason, which does not name the address.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(inner) = cause.and_then(Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| "no reason given".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, leads_to: Option<&str>, body: &str) -> String {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            leads_to: leads_to.map(str::to_owned),
            body: body.to_owned(),
        };
        judge("https://shop.example/webhooks/trackingmore", &answer).to_string()
    }

    #[test]
    fn only_the_refusal_of_this_service_is_right() {
        for (status, leads_to, body, begins, says) in [
            (
                400,
                None,
                "`verifyInfo` is missing\n",
                "ok    webhook: https://shop.example/",
                "leads here",
            ),
            (
                404,
                None,
                "no messages are taken here\n",
                "FAIL",
                "WEBHOOK_EMAIL",
            ),
            (
                404,
                None,
                "<html>nginx</html>",
                "FAIL",
                "answered with 404 and a page",
            ),
            (400, None, "<html>bad</html>", "FAIL", "not by this service"),
            (401, None, "", "FAIL", "without a login"),
            (
                301,
                Some("https://www.shop.example/?a=5ecret"),
                "",
                "FAIL",
                "leads to https://www.shop.example/ ->",
            ),
            (302, Some("/login"), "", "FAIL", "leads to elsewhere"),
            (
                200,
                None,
                "<html>Log in</html>",
                "FAIL",
                "answered with 200 and a page",
            ),
            (502, None, "", "FAIL", "a server runs behind the proxy"),
        ] {
            let told = told(status, leads_to, body);
            assert!(told.starts_with(begins) && told.contains(says), "{told}");
            assert!(!told.contains("5ecret"));
        }
    }

    #[test]
    fn the_readme_shows_what_is_said_of_a_page() {
        let answer = Answer {
            status: StatusCode::NOT_FOUND,
            leads_to: None,
            body: "<html>nginx</html>".to_owned(),
        };
        let told = judge("https://shop.example/webhooks/trackingmore", &answer);
        assert!(told.is_shown(), "{told}");
    }

    #[test]
    fn what_may_be_secret_in_an_address_is_not_shown() {
        let url = "https://me:5ecret@shop.example/hook?key=5ecret#5ecret";
        let told = silent(&url.parse().unwrap(), 5).to_string();
        assert!(
            told.contains("https://shop.example/hook cannot be reached: no answer within 5 s"),
            "{told}"
        );
        assert!(!told.contains("5ecret"));
    }

    #[test]
    fn a_certificate_is_the_proxys_business() {
        let told = unreachable("https://shop.example/", "invalid peer certificate: Expired");
        assert!(told.to_string().contains("give the proxy a certificate"));
    }
}
