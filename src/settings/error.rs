//! What can be wrong with settings, one line each.

use std::path::PathBuf;

use thiserror::Error;

use super::fleet::MAX_REPLICAS;
use super::points::MAX_POINTS;
use super::{LEAST_EVENTS, MAX_PER_SECOND};
use crate::auth::{InvalidToken, TooShort, UnknownScope};
use crate::redis_link::InvalidUrl;
use crate::telemetry::{InvalidEndpoint, InvalidLevel, InvalidRatio};
use crate::upstream::{BuildError, InvalidApiKey, InvalidSigner};
use crate::web::{InvalidHost, InvalidOrigin};

/// A setting with which the server does not start.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingError {
    /// The key is set to nothing, which is a lost key more often than a wish.
    #[error(
        "TRACKINGMORE_API_KEY is set but empty: set it to the account's key, or unset it to serve simulated data"
    )]
    EmptyKey,
    /// The key cannot be sent.
    #[error("TRACKINGMORE_API_KEY: {0}")]
    InvalidKey(#[from] InvalidApiKey),
    /// A real account was asked for without a key.
    #[error("--upstream trackingmore (UPSTREAM) needs the account's key in TRACKINGMORE_API_KEY")]
    MissingKey,
    /// An address was given, but there is nobody to call there.
    #[error(
        "--upstream-url (UPSTREAM_URL) is for a real account, but the parcels are to be simulated: leave the address out, or use --upstream trackingmore (UPSTREAM) and the account's key in TRACKINGMORE_API_KEY"
    )]
    UnusedUrl,
    /// The address is not one.
    #[error("--upstream-url (UPSTREAM_URL): {0}")]
    Url(#[from] BuildError),
    /// The address of the Redis is not one.
    #[error("--redis (REDIS_URL): {0}")]
    Redis(#[from] InvalidUrl),
    /// A Redis that is shared with nobody knows how many.
    #[error(
        "--redis (REDIS_URL) needs --replicas (REPLICAS), how many replicas share the account at most: while Redis is away, each of them keeps to its share of every limit"
    )]
    MissingReplicas,
    /// Too many replicas, or none.
    #[error("--replicas (REPLICAS) must be from 1 to {MAX_REPLICAS}")]
    Replicas,
    /// There can be no header of that name.
    #[error(
        "--client-header (CLIENT_HEADER) must be the name of a header, such as X-Forwarded-For"
    )]
    ClientHeader,
    /// Nobody logs in with that.
    #[error("--webhook-email (WEBHOOK_EMAIL): {0}")]
    WebhookEmail(#[from] InvalidSigner),
    /// What those may do who do not say who they are.
    #[error("--anonymous (ANONYMOUS): {0}")]
    Anonymous(UnknownScope),
    /// Names of nobody.
    #[error("--hosts (HOSTS): {0}")]
    Hosts(InvalidHost),
    /// Bodies that a few clients could fill the memory with.
    #[error("--max-body (MAX_BODY) is at most 64MiB, or 0 for no limit")]
    MaxBody,
    /// Bodies for which there would never be room.
    #[error(
        "--body-memory (BODY_MEMORY) is at least four times --max-body (MAX_BODY), or 0 for no limit"
    )]
    BodyMemory,
    /// Pages of nowhere.
    #[error("--cors-origins (CORS_ORIGINS): {0}")]
    Origins(InvalidOrigin),
    /// A real account whose parcels nobody may ask for, or everybody might.
    #[error(
        "with a real account somebody has to be let in: give out a token (`parcelgraph token NAME` makes one), or take JSON web tokens (JWT_SECRET, --jwks-file or --jwks-url), or let everybody in on purpose with --anonymous=\"tracking:read\" (ANONYMOUS)"
    )]
    NobodyMayAsk,
    /// A sandbox that others can reach, or one that lets in nobody.
    #[error(
        "a sandbox lets in everybody only on loopback: give out a token (`parcelgraph token NAME` makes one), or take JSON web tokens (JWT_SECRET, --jwks-file or --jwks-url), or let everybody in on purpose with --anonymous=\"tracking:read\" (ANONYMOUS)"
    )]
    SandboxForNobody,
    /// A token that was not given out like this.
    #[error("access.tokens (PARCELGRAPH_TOKENS): token {place}: {reason}")]
    Token {
        /// Which one, from 1.
        place: usize,
        /// What is wrong with it.
        reason: InvalidToken,
    },
    /// Nobody would know who has it.
    #[error(
        "access.tokens (PARCELGRAPH_TOKENS): token {place} is there already: give each token a name of its own, and each name a token of its own"
    )]
    TokenTwice {
        /// Which one, from 1.
        place: usize,
    },
    /// Anybody could sign.
    #[error("JWT_SECRET: {0}")]
    JwtSecret(TooShort),
    /// Anybody could sign.
    #[error("VIEW_TOKEN_SECRET: {0}")]
    ViewTokenSecret(TooShort),
    /// Keys from two places.
    #[error("--jwks-file (JWKS_FILE) and --jwks-url (JWKS_URL) are both set: set one of them")]
    TwoKeySets,
    /// Keys that come over the open network, or from nowhere.
    #[error(
        "--jwks-url (JWKS_URL) must be an address with https, such as https://issuer.example/jwks.json, or with http on loopback, without a user's name"
    )]
    KeyAddress,
    /// Tokens that anybody may have issued, for anybody.
    #[error(
        "JSON web tokens need --jwt-issuer (JWT_ISSUER) and --jwt-audience (JWT_AUDIENCE): say what their `iss` is, and what has to be in their `aud`"
    )]
    MissingIssuer,
    /// Tokens that hardly end.
    #[error("--jwt-leeway (JWT_LEEWAY) must be at most 10m: mend the clock of the issuer instead")]
    Leeway,
    /// A key was lost.
    #[error(
        "--jwt-issuer (JWT_ISSUER) and --jwt-audience (JWT_AUDIENCE) need a key: set JWT_SECRET, --jwks-file or --jwks-url"
    )]
    MissingJwtKey,
    /// What is made of trusted documents is said, but not which they are.
    #[error(
        "--trusted-documents-mode (TRUSTED_DOCUMENTS_MODE) needs the file that lists them: set --trusted-documents (TRUSTED_DOCUMENTS)"
    )]
    MissingDocuments,
    /// More points than can be told.
    #[error("--{0} must be at most {MAX_POINTS} points; --points-per-second 0 is for no limit")]
    TooManyPoints(&'static str),
    /// A burst that lets nothing through.
    #[error(
        "--points-burst (POINTS_BURST) must be at least 1; --points-per-second 0 is for no limit"
    )]
    NoPoints,
    /// A time that has to be longer than nothing.
    #[error("--{0} must be longer than 0")]
    ZeroTime(&'static str),
    /// So few events that a burst would be too many.
    #[error("--events must be at least {LEAST_EVENTS}")]
    TooFewEvents,
    /// A limit that is none.
    #[error("--{0} must be at most {MAX_PER_SECOND} calls a second; 0 is for no limit")]
    TooManyPerSecond(&'static str),
    /// Nobody knows what to log.
    #[error("--log-level (LOG_LEVEL): {0}")]
    LogLevel(InvalidLevel),
    /// Traces go nowhere.
    #[error("--otlp-endpoint (OTEL_EXPORTER_OTLP_ENDPOINT): {0}")]
    OtlpEndpoint(InvalidEndpoint),
    /// More traces than there are, or fewer than none.
    #[error("--trace-sampling (OTEL_TRACES_SAMPLER_ARG): {0}")]
    TraceSampling(InvalidRatio),
    /// The settings file cannot be read.
    #[error("the settings file {path} cannot be read: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why, on one line.
        reason: String,
    },
}

/// Why a text is not the value of a setting. Who reads texts also knows of which setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidValue {
    /// No time at all.
    #[error("not a length of time: write it as 90s, 2h or 500ms")]
    Time,
    /// More time than any setting makes use of.
    #[error("longer than 30 days: write at most 720h")]
    TooLong,
    /// No size at all, or more than anything here may take.
    #[error("not a size up to 1024GiB: write it as 256KiB, 20MiB or 1GiB")]
    Size,
    /// Neither numbers nor a name with a port.
    #[error("not an address: write it as 127.0.0.1:8080 or localhost:8080")]
    Address,
    /// A name that nobody knows.
    #[error("no address is known of that host: check its name")]
    Host,
    /// The simulated clock cannot run like this.
    #[error("must be from 0 to 100000 simulated seconds a second")]
    Speed,
    /// The key cannot be sent.
    #[error("not a key that can be sent: use letters, digits and signs of ASCII without blanks")]
    Key,
}
