//! What several apps answer, of which some may be down: what the others know is shown all the same.

use futures::future::join_all;
use serde::de::DeserializeOwned;

use crate::{
    apps::App,
    client::{CallError, Client},
    commands::Ended,
    output,
};

/// Answers in the order of the apps, and why the others gave none.
#[derive(Debug)]
pub(crate) struct Answers<'c, T> {
    pub(crate) answered: Vec<(&'c App, T)>,
    away: Vec<CallError>,
}

impl Client {
    /// Asks the one app that is meant, or all of them, side by side.
    ///
    /// # Errors
    /// A refusal, since it is the question's fault; or when no app answers.
    pub(crate) async fn get_each<T: DeserializeOwned>(
        &self,
        only: Option<&str>,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Answers<'_, T>, CallError> {
        self.ask_each(only, async |app| self.get(app, path, query).await)
            .await
    }

    /// The same for any question.
    pub(crate) async fn ask_each<'c, T>(
        &'c self,
        only: Option<&str>,
        ask: impl AsyncFn(&'c App) -> Result<T, CallError>,
    ) -> Result<Answers<'c, T>, CallError> {
        let apps = self.apps(only);
        let asked = join_all(apps.iter().map(|app| ask(app))).await;
        let (mut answered, mut away) = (Vec::new(), Vec::new());
        for (app, answer) in apps.into_iter().zip(asked) {
            match answer {
                Ok(answer) => answered.push((app, answer)),
                Err(error) if error.passes() => away.push(error),
                Err(error) => return Err(error),
            }
        }
        match (answered.is_empty(), away.first()) {
            (true, Some(error)) => Err(error.clone()),
            _ => Ok(Answers { answered, away }),
        }
    }
}

impl<T> Answers<'_, T> {
    /// Whether every app answered; says which did not, and that what is shown lacks theirs.
    pub(crate) fn ended(&self) -> Ended {
        for error in &self.away {
            output::say(&format!(
                "what is shown is without that of an app:\n{error}"
            ));
        }
        match self.away.is_empty() {
            true => Ended::Well,
            false => Ended::WithoutAnApp,
        }
    }
}
