//! Whose parcels are served.

use reqwest::Url;

use super::StartError;
use crate::redis_link;
use crate::sandbox::{self, Sandbox};
use crate::settings::Upstream;
use crate::upstream::{ApiKey, Signer};
use crate::web::DataKind;

/// Whom to call, and with which key.
pub(super) struct Source {
    pub(super) base_url: Url,
    pub(super) api_key: ApiKey,
    pub(super) data: DataKind,
    /// Who signs its messages, where that is known without being set.
    pub(super) signer: Option<Signer>,
    /// What replicas of the same account have in common.
    pub(super) secret: Vec<u8>,
    pub(super) sandbox: Option<Sandbox>,
}

impl Source {
    pub(super) async fn open(upstream: &Upstream) -> Result<Self, StartError> {
        match upstream {
            Upstream::TrackingMore { base_url, api_key } => Ok(Self {
                base_url: base_url.clone(),
                api_key: api_key.clone(),
                data: DataKind::Live,
                signer: None,
                secret: api_key.expose().to_vec(),
                sandbox: None,
            }),
            Upstream::Sandbox { speed } => Self::simulated(*speed).await,
        }
    }

    async fn simulated(speed: f64) -> Result<Self, StartError> {
        let settings = sandbox::Settings {
            speed,
            ..sandbox::Settings::default()
        };
        let api_key = ApiKey::parse(&settings.api_key).expect("the sandbox's key can be sent");
        let signer = Signer::parse(&settings.email).expect("the sandbox's owner has an address");
        let sandbox = Sandbox::start(settings)
            .await
            .map_err(StartError::Sandbox)?;
        let base_url = Url::parse(&sandbox.base_url()).expect("the sandbox's address is one");
        Ok(Self {
            base_url,
            api_key,
            data: DataKind::Simulated,
            signer: Some(signer),
            // Each sandbox is an account of its own, though all of them have the same key.
            secret: redis_link::new_secret(),
            sandbox: Some(sandbox),
        })
    }
}
