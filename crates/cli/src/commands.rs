//! What each command does.

mod letters;
mod plans;
mod rebuild;
mod reconcile;
mod run;
mod show;
mod status;
mod trace;

use anyhow::{Context as _, Result, bail};

use crate::{
    apps,
    arguments::{Arguments, Command, Letters, Replay},
    client::Client,
};

/// How a command ended that was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All of it.
    Well,
    /// Some letters failed again or were changed by somebody else.
    WithLettersLeft,
    /// An app did not answer; what the others know was shown.
    WithoutAnApp,
    /// Some outcomes were not observed yet.
    Unobserved,
}

/// What every command has.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) client: Client,
    pub(crate) arguments: &'a Arguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<Ended> {
    let apps::Apps { apps, telemetry } = apps::read(arguments.apps.as_deref())?;
    if let Command::Trace { id } = &arguments.command {
        // It changes nothing, so nobody needs to say who they are.
        return trace::trace(
            arguments,
            &telemetry.context("the file of the apps does not say where their telemetry is")?,
            id,
        )
        .await;
    }
    let operator = match arguments
        .operator
        .clone()
        .or_else(|| std::env::var("USER").ok())
    {
        Some(operator) if !operator.trim().is_empty() => operator,
        _ => bail!(
            "who are you? Say so with --operator or CROSSDOCK_OPERATOR; it goes into the audit log"
        ),
    };
    let client = Client::new(apps, arguments.app.as_deref(), operator)?;
    let context = Context { client, arguments };
    match &arguments.command {
        Command::Status | Command::Trace { .. } => status::status(&context).await,
        Command::Audit { limit } => status::audit(&context, *limit).await,
        Command::Reconcile { from, until } => reconcile::reconcile(&context, *from, *until).await,
        Command::Rebuild(command) => rebuild::rebuild(&context, command).await,
        Command::Letters(command) => letters_command(&context, command).await,
        Command::Replay(command) => replay_command(&context, command).await,
    }
}

async fn letters_command(context: &Context<'_>, command: &Letters) -> Result<Ended> {
    match command {
        Letters::List { filter, limit, csv } => letters::list(context, filter, *limit, *csv).await,
        Letters::Groups { filter } => letters::groups(context, filter).await,
        Letters::Show { id, unseal } => show::show(context, id, unseal.as_deref()).await,
        Letters::Edit {
            select,
            patch,
            replacement,
            preview,
            why,
        } => {
            let correction = letters::correction(patch.as_deref(), replacement.as_deref())?;
            letters::edit(context, select, correction, *preview, why.as_deref()).await
        }
        Letters::UndoEdit(change) => letters::change(context, change, "undo-edit").await,
        Letters::Discard(change) => letters::change(context, change, "discard").await,
        Letters::Archive(change) => letters::change(context, change, "archive").await,
        Letters::Restore(change) => letters::change(context, change, "restore").await,
        Letters::Note { fingerprint, text } => letters::note(context, fingerprint, text).await,
    }
}

async fn replay_command(context: &Context<'_>, command: &Replay) -> Result<Ended> {
    match command {
        Replay::Plan { select, why } => plans::plan(context, select, why).await,
        Replay::DryRun { plan, show } => plans::dry_run(context, plan, *show).await,
        Replay::Run { plan, digest, pace } => run::run(context, plan, digest, pace).await,
        Replay::Pause(operate) => plans::operate(context, operate, "pause").await,
        Replay::Resume { plan, pace } => run::resume(context, plan, pace).await,
        Replay::Cancel(operate) => plans::operate(context, operate, "cancel").await,
        Replay::Watch { plan } => run::watch(context, plan).await,
        Replay::List => plans::list(context).await,
    }
}

impl Context<'_> {
    /// The one app that a change is about.
    pub(crate) fn one_app(&self) -> Result<&crate::apps::App> {
        let only = self.arguments.app.as_deref();
        match self.client.apps(only).as_slice() {
            [app] => Ok(app),
            _ => bail!("which app? Each app replays its own letters: name it with --app"),
        }
    }
}
