//! Azurite's one account and how its requests are signed.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Name of the account that every Azurite has.
pub const ACCOUNT: &str = "devstoreaccount1";

/// Its key: published by Microsoft, equal in every Azurite, worth nothing anywhere else.
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Version of the storage service whose rules the signature follows.
pub(crate) const VERSION: &str = "2021-12-02";

const PERMISSIONS: &str = "rwdlacup";
const SERVICES: &str = "bq";
const RESOURCE_TYPES: &str = "sco";
/// Far away, so that the signature is the same at every start and no clock is asked.
const EXPIRY: &str = "2099-12-31T00:00:00Z";

/// Query of a URL that may do everything with the blobs and queues of the account, without a question mark.
#[must_use]
pub fn account_sas() -> String {
    // Not signed: start, allowed addresses, protocols, encryption scope. Each has its line all the same.
    let text = format!(
        "{ACCOUNT}\n{PERMISSIONS}\n{SERVICES}\n{RESOURCE_TYPES}\n\n{EXPIRY}\n\n\n{VERSION}\n\n"
    );
    let key = BASE64_STANDARD
        .decode(KEY)
        .expect("the key above is base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    let signature = BASE64_STANDARD
        .encode(mac.finalize().into_bytes())
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let expiry = EXPIRY.replace(':', "%3A");
    format!(
        "sv={VERSION}&ss={SERVICES}&srt={RESOURCE_TYPES}&sp={PERMISSIONS}&se={expiry}&sig={signature}"
    )
}

#[cfg(test)]
mod tests {
    use super::account_sas;

    #[test]
    fn the_query_is_ready_to_be_appended() {
        let sas = account_sas();
        assert!(
            sas.starts_with(
                "sv=2021-12-02&ss=bq&srt=sco&sp=rwdlacup&se=2099-12-31T00%3A00%3A00Z&sig="
            ),
            "{sas}"
        );
        // 32 bytes are 44 characters of base64, the last one an equals sign.
        let signature = sas.rsplit('=').next().unwrap();
        assert!(
            signature.ends_with("%3D") && !signature.contains(['+', '/', '=']),
            "{signature}"
        );
        assert_eq!(signature.replace("%2B", "+").replace("%2F", "/").len(), 46);
    }
}
