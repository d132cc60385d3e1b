use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::auth::StaticToken;
use crate::auth::signers::ANYBODY;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Those of an account that lets in everybody.
fn open_to_all() -> Settings {
    Settings {
        anonymous: Some(Scopes::ALL),
        tokens: Vec::new(),
        jwt: None,
        view_token_secret: None,
    }
}

fn tokens(secret: &str) -> ViewTokens {
    ViewTokens::open(&open_to_all(), secret.as_bytes(), None)
}

fn anybody() -> Caller {
    Caller::trusted(ClientId::named("address 1"))
}

fn sign(tokens: &ViewTokens, keys: BTreeSet<TrackingKey>) -> ViewToken {
    tokens.sign(keys, HOUR, &anybody()).unwrap()
}

fn keys(count: usize) -> BTreeSet<TrackingKey> {
    let key = |nth| TrackingKey::parse("china-ems", &format!("LS{nth:09}CN")).unwrap();
    (0..count).map(key).collect()
}

#[tokio::test]
async fn a_token_shows_its_parcels_to_all_replicas_of_the_account() {
    let signed = sign(&tokens("ours"), keys(20));
    assert!(signed.token.starts_with(PREFIX) && signed.token.len() < 4_000);
    let caller = tokens("ours").admit(&signed.token).unwrap();
    assert_eq!(caller.client.as_str(), format!("view {}", signed.id));
    assert_eq!(caller.ends_at, Some(signed.ends_at));
    assert_eq!(caller.scopes, Scopes::from_iter([Scope::TrackingRead]));
    assert!(keys(20).iter().all(|key| caller.is_shown(key)));
    let others = TrackingKey::parse("dhl", "LS000000000CN").unwrap();
    assert!(!caller.is_shown(&others) && caller.sees_masked());
}

#[tokio::test]
async fn what_was_changed_or_signed_by_others_is_refused() {
    let ours = tokens("ours");
    let signed = sign(&ours, keys(1)).token;
    assert_eq!(tokens("theirs").admit(&signed), Err(Refusal::BadSignature));
    let own = Secret::parse(&"s".repeat(32)).unwrap();
    let own = Settings {
        view_token_secret: Some(own),
        ..open_to_all()
    };
    let own = ViewTokens::open(&own, b"ours", None);
    assert_eq!(own.admit(&signed), Err(Refusal::BadSignature));
    let parts: Vec<_> = signed[PREFIX.len()..].split('.').collect();
    let more = sign(&ours, keys(2)).token;
    let claims_of_another = more.split('.').nth(1).unwrap();
    let none = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"pgview"}"#);
    for (bad, refusal) in [
        (
            format!("{}.{claims_of_another}.{}", parts[0], parts[2]),
            Refusal::BadSignature,
        ),
        (format!("{none}.{}.", parts[1]), Refusal::Malformed),
        (format!("{}.{}", parts[0], parts[1]), Refusal::Malformed),
        (String::new(), Refusal::Malformed),
        ("...".to_owned(), Refusal::Malformed),
    ] {
        assert_eq!(ours.admit(&format!("{PREFIX}{bad}")), Err(refusal), "{bad}");
    }
}

#[tokio::test]
async fn another_token_of_the_same_key_is_no_view_token() {
    let key = derived(b"ours", b"parcelgraph view token");
    let claims = Claims {
        jti: "x".repeat(32),
        by: ANYBODY.to_owned(),
        iat: 0,
        exp: i64::from(u32::MAX),
        refs: vec!["dhl:1234567890".to_owned()],
    };
    let header = Header::new(Algorithm::HS256);
    let token = encode(&header, &claims, &EncodingKey::from_secret(&key)).unwrap();
    let token = format!("{PREFIX}{token}");
    assert_eq!(tokens("ours").admit(&token), Err(Refusal::Malformed));
}

#[tokio::test]
async fn a_token_ends() {
    let ours = tokens("ours");
    let long_ago = Timestamp::now() - Duration::from_secs(3_601);
    let ended = ours.signed(&keys(1), long_ago, HOUR, &anybody());
    assert_eq!(ours.admit(&ended.token), Err(Refusal::Expired));
    // There is nothing left to revoke.
    assert_eq!(ours.revoke(&ended.token).await, Ok(()));
    assert_eq!(ours.revoke(&ended.id).await, Ok(()));
    assert!(!ours.is_revoked(&ended.id));
}

#[tokio::test]
async fn a_token_is_revoked_by_itself_or_by_its_id() {
    let ours = tokens("ours");
    let new = || sign(&ours, keys(1));
    let (one, two, three) = (new(), new(), new());
    assert_eq!(ours.revoke(&one.token).await, Ok(()));
    assert_eq!(ours.revoke(&two.id).await, Ok(()));
    assert_eq!(ours.revoke(&two.id).await, Ok(()));
    assert_eq!(ours.admit(&one.token), Err(Refusal::Revoked));
    assert_eq!(ours.admit(&two.token), Err(Refusal::Revoked));
    assert!(ours.is_revoked(&one.id) && !ours.is_revoked(&three.id));
    assert!(ours.admit(&three.token).is_ok());
    let forged = sign(&tokens("theirs"), keys(1));
    let letters = "A".repeat(44);
    for bad in ["", "pgv_", "an id", &forged.token, &forged.id, &letters] {
        let refused = ours.revoke(bad).await;
        assert_eq!(refused, Err(RevokeError::Unreadable), "{bad}");
    }
}

#[tokio::test]
async fn a_token_is_for_few_parcels_and_a_month() {
    let ours = tokens("ours");
    for count in [0, 21] {
        let refused = ours.sign(keys(count), HOUR, &anybody());
        assert_eq!(refused, Err(InvalidView::Keys(count)));
    }
    let second = Duration::from_secs(1);
    for (ttl, good) in [
        (SHORTEST - second, false),
        (SHORTEST, true),
        (LONGEST, true),
        (LONGEST + second, false),
        (Duration::MAX, false),
    ] {
        assert_eq!(ours.sign(keys(1), ttl, &anybody()).is_ok(), good, "{ttl:?}");
    }
}

#[tokio::test]
async fn a_token_is_not_written_into_logs() {
    let ours = tokens("ours");
    let signed = sign(&ours, keys(1));
    let said = format!("{signed:?} {ours:?}");
    assert!(!said.contains(PREFIX) && said.contains(&signed.id));
}

#[tokio::test]
async fn a_token_ends_with_what_its_signer_showed() {
    let ours = tokens("ours");
    let end = Timestamp::now() + Duration::from_secs(600);
    let signer = Caller {
        ends_at: Some(end),
        ..anybody()
    };
    let signed = ours.sign(keys(1), HOUR, &signer).unwrap();
    assert!(signed.ends_at <= end && signed.ends_at.as_second() + 2 > end.as_second());
    let longer = sign(&ours, keys(1)).ends_at;
    assert!(longer > end);
}

#[tokio::test]
async fn a_token_counts_for_as_long_as_its_signer_may_ask() {
    let shop = |name: &str, scopes: &str| {
        let digest = "0".repeat(64);
        StaticToken::parse(name, &digest, scopes).unwrap()
    };
    let with = |tokens: Vec<StaticToken>, anonymous: Option<&str>| {
        let settings = Settings {
            anonymous: anonymous.map(|scopes| scopes.parse().unwrap()),
            tokens,
            jwt: None,
            view_token_secret: None,
        };
        ViewTokens::open(&settings, b"ours", None)
    };
    let token = shop("shop", "tracking:read");
    let ours = with(vec![token.clone()], Some("tracking:read"));
    let owner = token.caller(Timestamp::now()).unwrap();
    let issued = Caller {
        entry: Entry::Jwt,
        ..anybody()
    };
    let signed = |signer: &Caller| ours.sign(keys(1), HOUR, signer).unwrap().token;
    let (by_owner, by_anybody) = (signed(&owner), signed(&anybody()));
    assert!(ours.admit(&by_owner).is_ok() && ours.admit(&by_anybody).is_ok());
    // Nobody can read whose it is.
    let claims = by_owner.split('.').nth(1).unwrap();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert!(
        claims.contains("\"by\":") && !claims.contains("shop"),
        "{claims}"
    );
    assert_eq!(ours.admit(&signed(&issued)), Err(Refusal::Revoked));
    let replaced = StaticToken::parse("shop", &"1".repeat(64), "tracking:read").unwrap();
    let ended = token.clone().until(Some("2020-01-01T00:00:00Z")).unwrap();
    for (tokens, anonymous, who, counts) in [
        (vec![], Some("tracking:read"), &by_owner, false),
        (vec![shop("other", "tracking:read")], None, &by_owner, false),
        (vec![shop("shop", "ops")], None, &by_owner, false),
        (vec![ended], None, &by_owner, false),
        (vec![token], None, &by_anybody, false),
        (vec![], Some("ops"), &by_anybody, false),
        // Whoever had stolen the token may have signed with it.
        (vec![replaced], None, &by_owner, false),
        // The same token with other scopes is the same signer.
        (
            vec![shop("shop", "tracking:read ops")],
            None,
            &by_owner,
            true,
        ),
    ] {
        let admitted = with(tokens, anonymous).admit(who);
        assert_eq!(admitted.is_ok(), counts, "{admitted:?}");
    }
}

#[tokio::test]
async fn all_tokens_of_a_signer_say_that_they_are_his_and_those_of_others_do_not() {
    let shop =
        |digit: &str| StaticToken::parse("shop", &digit.repeat(64), "tracking:read").unwrap();
    let settings = |token: &StaticToken| Settings {
        tokens: vec![token.clone()],
        ..open_to_all()
    };
    let (one, other) = (shop("0"), shop("1"));
    let ours = ViewTokens::open(&settings(&one), b"ours", None);
    let jwt = |subject: &str| Caller {
        entry: Entry::Jwt,
        ..Caller::trusted(ClientId::of_kind("subject", subject))
    };
    let signer = |views: &ViewTokens, caller: &Caller| {
        let signed = views.sign(keys(1), HOUR, caller).unwrap();
        ViewId::said(&signed.id).unwrap().signer
    };
    let now = Timestamp::now();
    let by_shop = signer(&ours, &one.caller(now).unwrap());
    let replaced = ViewTokens::open(&settings(&other), b"ours", None);
    let mut all = vec![
        by_shop,
        signer(&replaced, &other.caller(now).unwrap()),
        signer(&ours, &jwt("ann")),
        signer(&ours, &jwt("bob")),
        signer(&ours, &anybody()),
    ];
    assert_eq!(signer(&ours, &one.caller(now).unwrap()), by_shop);
    // Who shows nothing can be another one tomorrow.
    let elsewhere = Caller::trusted(ClientId::named("address 2"));
    assert_eq!(signer(&ours, &elsewhere), all[4]);
    all.sort_unstable_by_key(|signer| signer.written());
    all.dedup();
    assert_eq!(all.len(), 5);
    let [first, second] = [(); 2].map(|()| ours.admit(&sign(&ours, keys(1)).token).unwrap());
    assert_ne!(first.client, second.client);
    assert_eq!(first.grant.unwrap().signer, second.grant.unwrap().signer);
}
