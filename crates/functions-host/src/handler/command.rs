//! The handler's command line, as host.json describes it.

use std::path::PathBuf;

use tokio::process::Command;
use uuid::Uuid;

use crate::app::{App, Settings};

/// Everything needed to start the handler again and again.
#[derive(Debug, Clone)]
pub(crate) struct CommandLine {
    executable: PathBuf,
    arguments: Vec<String>,
    directory: PathBuf,
    root: PathBuf,
    variables: Vec<(String, String)>,
}

impl CommandLine {
    /// `port` is the host's own, for `WEBSITE_HOSTNAME`.
    pub(crate) fn new(app: &App, settings: &Settings, port: u16) -> Self {
        let host_json = &app.host_json;
        let base = host_json
            .worker_directory
            .as_ref()
            .map_or_else(|| app.root.clone(), |dir| app.root.join(dir));
        let staged = base.join(&host_json.executable);
        // Not in the app folder: looked up on PATH.
        let executable = if staged.is_file() {
            staged
        } else {
            PathBuf::from(&host_json.executable)
        };
        let mut variables: Vec<_> = settings
            .for_handler()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for (name, value) in [
            ("WEBSITE_HOSTNAME", format!("localhost:{port}")),
            ("AZURE_FUNCTIONS_ENVIRONMENT", "Development".to_owned()),
        ] {
            if settings.get(name).is_none() {
                variables.push((name.to_owned(), value));
            }
        }
        Self {
            executable,
            arguments: split(&host_json.arguments.join(" ")),
            directory: host_json
                .working_directory
                .as_ref()
                .map_or_else(|| app.root.clone(), |dir| app.root.join(dir)),
            root: app.root.clone(),
            variables,
        }
    }

    /// The command for one start, with its own port and worker id.
    pub(crate) fn command(&self, port: u16) -> Command {
        let worker = Uuid::new_v4().to_string();
        let mut command = Command::new(&self.executable);
        command.args(&self.arguments).current_dir(&self.directory);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string());
        command.env("FUNCTIONS_HTTPWORKER_PORT", port.to_string());
        command.env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", &worker);
        command.env("FUNCTIONS_HTTPWORKER_ID", &worker);
        command.env("FUNCTIONS_APP_ROOT_PATH", &self.root);
        command
    }

    /// For messages.
    pub(crate) fn executable(&self) -> String {
        self.executable.display().to_string()
    }
}

/// Splits as .NET does with an argument string: blanks separate, double quotes hold together.
fn split(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut open) = (Vec::new(), String::new(), false, false);
    for character in text.chars() {
        match character {
            '"' => (quoted, open) = (!quoted, true),
            blank if blank.is_whitespace() && !quoted => {
                if open {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            other => {
                word.push(other);
                open = true;
            }
        }
    }
    if open {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn arguments_are_joined_without_quoting() {
        assert_eq!(
            split(&["--name", "two words"].join(" ")),
            ["--name", "two", "words"]
        );
        assert_eq!(
            split("--name \"two words\" \"\""),
            ["--name", "two words", ""]
        );
    }
}
