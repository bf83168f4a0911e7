//! The credential of the local stack.

use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
    time::OffsetDateTime,
};

/// 2100-01-01T00:00:00Z in seconds: far enough that nobody asks for another token.
const EXPIRES_ON: i64 = 4_102_444_800;

/// A token that is no secret, for endpoints on this machine.
///
/// Clients of Azure services insist on a credential; the emulators at the other end look at none.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoopbackCredential;

#[async_trait::async_trait]
impl TokenCredential for LoopbackCredential {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let expires_on = OffsetDateTime::from_unix_timestamp(EXPIRES_ON)
            .map_err(|error| azure_core::Error::new(ErrorKind::Credential, error))?;
        Ok(AccessToken::new("loopback", expires_on))
    }
}
