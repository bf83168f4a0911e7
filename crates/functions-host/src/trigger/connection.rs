//! From a connection name to the endpoint of an emulator.

use crate::app::Settings;

/// The endpoint in `AzureWebJobs<connection>__<field>`, else `<connection>__<field>`.
pub(super) fn endpoint(
    settings: &Settings,
    connection: &str,
    field: &str,
) -> Result<String, String> {
    for name in [format!("AzureWebJobs{connection}"), connection.to_owned()] {
        if settings.get(&name).is_some()
            || settings
                .get(&format!("ConnectionStrings__{name}"))
                .is_some()
        {
            return Err(format!(
                "{name}: connection strings are not supported by this host; use {name}__{field}"
            ));
        }
        if let Some(endpoint) = settings.get(&format!("{name}__{field}")) {
            let loopback = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
            return if loopback.iter().any(|start| endpoint.starts_with(start)) {
                Ok(endpoint.to_owned())
            } else {
                // What comes after the path may be a signature.
                let shown = endpoint.split('?').next().unwrap_or_default();
                Err(format!(
                    "{shown}: this host only calls emulators on loopback"
                ))
            };
        }
    }
    Err(format!("the setting {connection}__{field} is missing"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<String, String> {
        let values = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let settings = Settings::new(BTreeMap::new(), values);
        endpoint(&settings, "FEED", "accountEndpoint")
    }

    #[test]
    fn lookup() {
        let local = "http://127.0.0.1:8081/";
        assert_eq!(
            of(&[("FEED__accountEndpoint", local)]).as_deref(),
            Ok(local)
        );
        let prefixed = [
            ("FEED__accountEndpoint", "http://localhost:1/"),
            ("AzureWebJobsFEED__accountEndpoint", local),
        ];
        assert_eq!(of(&prefixed).as_deref(), Ok(local));
        assert!(of(&[]).is_err_and(|message| message.contains("FEED__accountEndpoint")));
        assert!(of(&[("FEED", "AccountKey=x")]).is_err());
        let elsewhere = of(&[("FEED__accountEndpoint", "https://acct.example/?sig=secret")]);
        assert!(
            elsewhere.is_err_and(
                |message| message.contains("acct.example") && !message.contains("secret")
            )
        );
    }
}
