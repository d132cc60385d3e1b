use crate::auth::{NewToken, Scope};
use crate::settings::{Overrides, Settings, TokenList};

use super::*;

const SECRET: &str = "5ecret of thirty-two bytes or more";

fn resolve(key: Option<&str>, listen: &str, access: AccessOverrides) -> Result<Settings, String> {
    let set = Overrides {
        trackingmore_api_key: key.map(str::to_owned),
        listen: Some(listen.parse().unwrap()),
        access,
        ..Overrides::default()
    };
    Settings::resolve(&set).map_err(|wrong| {
        let lines: Vec<_> = wrong.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

fn anonymous(scopes: &str) -> AccessOverrides {
    AccessOverrides {
        anonymous: Some(scopes.to_owned()),
        ..AccessOverrides::default()
    }
}

fn tokens(text: &str) -> AccessOverrides {
    AccessOverrides {
        tokens: Some(text.parse::<TokenList>().unwrap().0),
        ..AccessOverrides::default()
    }
}

fn jwt(change: impl FnOnce(&mut AccessOverrides)) -> AccessOverrides {
    let mut set = AccessOverrides {
        jwt_secret: Some(SECRET.to_owned()),
        jwt_issuer: Some("https://issuer.example".to_owned()),
        jwt_audience: Some("parcelgraph".to_owned()),
        ..AccessOverrides::default()
    };
    change(&mut set);
    set
}

#[test]
fn nothing_is_open_by_default_but_a_sandbox_on_loopback() {
    let (here, there) = ("127.0.0.1:1", "0.0.0.0:1");
    let one = format!("shop:{}:ops", NewToken::random().sha256);
    let read = Some(Scopes::from_iter([Scope::TrackingRead]));
    for (key, listen, access, outcome) in [
        (
            None,
            here,
            AccessOverrides::default(),
            Ok(Some(Scopes::ALL)),
        ),
        (None, there, AccessOverrides::default(), Err("on loopback")),
        (None, there, anonymous("tracking:read"), Ok(read)),
        (None, there, tokens(&one), Ok(None)),
        (None, here, tokens(&one), Ok(None)),
        (None, here, jwt(|_| {}), Ok(None)),
        (None, here, anonymous(""), Err("a sandbox lets in")),
        (
            Some("k"),
            here,
            AccessOverrides::default(),
            Err("has to be let in"),
        ),
        (Some("k"), here, anonymous(""), Err("has to be let in")),
        (Some("k"), here, anonymous("tracking:read"), Ok(read)),
        (Some("k"), there, tokens(&one), Ok(None)),
        (Some("k"), there, tokens(""), Err("has to be let in")),
        (Some("k"), there, jwt(|_| {}), Ok(None)),
    ] {
        let resolved = resolve(key, listen, access).map(|settings| settings.access.anonymous);
        match outcome {
            Ok(anonymous) => assert_eq!(resolved, Ok(anonymous)),
            Err(says) => {
                let said = resolved.unwrap_err();
                assert!(said.contains(says) && said.lines().count() == 1, "{said}");
            }
        }
    }
}

#[test]
fn what_is_wrong_of_tokens_is_told_without_them() {
    let digest = NewToken::random().sha256;
    for (set, says) in [
        (
            tokens(&format!("shop:{digest}:ops pg_5ecret")),
            "token 1: scope 2 is not known",
        ),
        (tokens("a:pg_5ecret:ops"), "token 1: sha256 must be"),
        (
            tokens(&format!("a:{digest}:ops;b:{digest}:ops")),
            "token 2 is there already",
        ),
        (anonymous("pg_5ecret"), "--anonymous (ANONYMOUS)"),
        (
            jwt(|set| set.jwt_secret = Some("5ecret".to_owned())),
            "JWT_SECRET: must have",
        ),
        (jwt(|set| set.jwt_issuer = None), "need --jwt-issuer"),
        (
            jwt(|set| set.jwt_audience = Some(String::new())),
            "--jwt-audience",
        ),
        (jwt(|set| set.jwt_secret = None), "need a key"),
        (
            jwt(|set| set.jwt_leeway = Some("601s".parse().unwrap())),
            "--jwt-leeway",
        ),
        (
            jwt(|set| {
                set.jwks_file = Some("keys".into());
                set.jwks_url = Some("https://issuer.example".to_owned());
            }),
            "set one of them",
        ),
        (
            jwt(|set| set.view_token_secret = Some("5ecret".to_owned())),
            "VIEW_TOKEN_SECRET",
        ),
    ] {
        let said = resolve(Some("k"), "127.0.0.1:1", set).unwrap_err();
        assert!(said.contains(says) && said.lines().count() == 1, "{said}");
        assert!(!said.contains("5ecret"), "{said}");
    }
    assert!("shop:digest".parse::<TokenList>().is_err());
}

#[test]
fn keys_come_over_tls_or_from_this_machine() {
    let with = |url: &str| jwt(|set| set.jwks_url = Some(url.to_owned()));
    for (url, good) in [
        ("https://issuer.example/keys?v=5ecret", true),
        ("http://127.0.0.1:9/keys", true),
        ("http://[::1]:9/keys", true),
        ("http://localhost/keys", true),
        ("http://issuer.example/keys", false),
        ("http://127.0.0.1.example/keys", false),
        ("https://me:5ecret@issuer.example/keys", false),
        ("file:///keys", false),
        ("keys", false),
    ] {
        let resolved = resolve(Some("k"), "127.0.0.1:1", with(url));
        assert_eq!(resolved.is_ok(), good, "{url}");
        let shown = resolved.map_or_else(|said| said, |settings| settings.to_string());
        assert!(!shown.contains("5ecret"), "{shown}");
    }
}

#[test]
fn secrets_are_never_shown() {
    let mut set = jwt(|set| set.view_token_secret = Some(SECRET.to_owned()));
    set.tokens = tokens(&format!("shop:{}:ops", "5ec4e7".repeat(11).split_at(64).0)).tokens;
    let settings = resolve(Some("k"), "127.0.0.1:1", set).unwrap();
    let (report, debug) = (settings.to_string(), format!("{settings:?}"));
    for text in [&report, &debug] {
        assert!(
            !text.contains("5ecret") && !text.contains("5ec4e7"),
            "{text}"
        );
    }
    for line in [
        "tokens = shop",
        "jwt_secret = ****",
        "view_token_secret = ****",
    ] {
        assert!(report.contains(&format!("access.{line}\n")), "{report}");
    }
}

#[test]
fn all_view_tokens_of_a_signer_have_a_limit_of_their_own() {
    let with = |set: Option<u32>| {
        let access = AccessOverrides {
            view_signer_points_per_second: set,
            ..AccessOverrides::default()
        };
        resolve(None, "127.0.0.1:1", access)
    };
    for (set, points, told) in [
        (None, Rate::per_second(5_000), "5000"),
        (Some(7), Rate::per_second(7), "7"),
        (Some(0), None, "0"),
    ] {
        let access = with(set).unwrap().access;
        assert_eq!(access.view_signer_points, points);
        let line = format!("access.view_signer_points_per_second = {told}\n");
        assert!(access.to_string().contains(&line), "{access}");
    }
    let said = with(Some(1_000_001)).unwrap_err();
    assert!(said.contains("--view-signer-points-per-second"), "{said}");
}
