//! One letter in full.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{Context, Ended, letters::instant};
use crate::{
    apps::App,
    arguments::{Filter, Select},
    client::CallError,
    output,
};

/// Digits of an id.
const ID_DIGITS: usize = 32;

/// The letter of this id, or of the one id that begins with these digits, and its app.
async fn find<'c>(context: &'c Context<'_>, id: &str) -> Result<(&'c App, Value)> {
    let id = if id.len() < ID_DIGITS {
        whole_id(context, id).await?
    } else {
        id.to_owned()
    };
    let (client, only) = (&context.client, context.arguments.app.as_deref());
    let path = format!("letters/{id}");
    let ask = async |app| match client.get::<Value>(app, &path, &[]).await {
        Err(CallError::Refused { status: 404, .. }) => Ok(None),
        answer => answer.map(Some),
    };
    let mut asked = client.ask_each(only, ask).await?;
    let has_it = |(app, letter): (&'c App, Option<Value>)| Some((app, letter?));
    match std::mem::take(&mut asked.answered)
        .into_iter()
        .find_map(has_it)
    {
        Some(found) => Ok(found),
        None => {
            asked.ended();
            bail!("no app that answers has letter {id}; list them with `crossdock letters list`")
        }
    }
}

async fn whole_id(context: &Context<'_>, start: &str) -> Result<String> {
    let query = [("limit", "1000".to_owned())];
    let only = context.arguments.app.as_deref();
    let pages = context
        .client
        .get_each::<Value>(only, "letters", &query)
        .await?;
    pages.ended();
    let mut found = Vec::new();
    for (_, page) in &pages.answered {
        let ids = page["letters"].as_array().into_iter().flatten();
        let ids = ids.filter_map(|letter| letter["id"].as_str());
        found.extend(ids.filter(|id| id.starts_with(start)).map(str::to_owned));
    }
    match found.as_slice() {
        [id] => Ok(id.clone()),
        [] => bail!(
            "no letter's id begins with {start} among the newest thousand; give all 32 digits"
        ),
        _ => bail!(
            "{} letters' ids begin with {start}; give more digits",
            found.len()
        ),
    }
}

/// The same letters by their whole ids, where only the first digits were given, and the app that has them.
pub(super) async fn chosen<'c>(
    context: &'c Context<'_>,
    select: &Select,
) -> Result<(&'c App, Select)> {
    let mut ids = Vec::with_capacity(select.ids.len());
    for id in &select.ids {
        ids.push(match id.len() < ID_DIGITS {
            true => whole_id(context, id).await?,
            false => id.clone(),
        });
    }
    let (of_group, filter) = group_of(context, &select.filter).await?;
    let app = match (of_group, ids.first()) {
        (Some(app), _) => app,
        (None, Some(id)) if context.arguments.app.is_none() => find(context, id).await?.0,
        (None, _) => context.one_app()?,
    };
    Ok((app, Select { ids, filter }))
}

/// The same filter with the whole fingerprint of its group, where only the first digits were given, and the app that has it.
pub(super) async fn group_of<'c>(
    context: &'c Context<'_>,
    filter: &Filter,
) -> Result<(Option<&'c App>, Filter)> {
    let Some(start) = &filter.group else {
        return Ok((None, filter.clone()));
    };
    let only = context.arguments.app.as_deref();
    let answers = context
        .client
        .get_each::<Value>(only, "groups", &[])
        .await?;
    answers.ended();
    let mut found = Vec::new();
    for (app, groups) in &answers.answered {
        let groups = groups["groups"].as_array().into_iter().flatten();
        let groups = groups.filter_map(|group| group["fingerprint"].as_str());
        let groups = groups.filter(|group| group.starts_with(start.as_str()));
        found.extend(groups.map(|group| (*app, group.to_owned())));
    }
    match found.as_slice() {
        [(app, group)] => {
            let group = Some(group.clone());
            let filter = filter.clone();
            Ok((Some(app), Filter { group, ..filter }))
        }
        [] => bail!("no group begins with {start}; list them with `crossdock letters groups`"),
        _ => bail!(
            "{} groups begin with {start}; give more digits, or --app",
            found.len()
        ),
    }
}

/// Puts what is sealed in a letter in its place, for somebody who says why.
async fn open(context: &Context<'_>, app: &App, shown: &mut Value, why: &str) -> Result<()> {
    let id = shown["letter"]["id"].as_str().unwrap_or_default();
    let path = format!("letters/{id}/unseal");
    let mut opened: Value = context
        .client
        .post(app, &path, &json!({ "why": why }))
        .await?;
    shown["unit"] = opened["unit"].take();
    shown["sealed"] = json!([]);
    for part in ["detail", "offending_value"] {
        shown["letter"][part] = opened[part].take();
    }
    Ok(())
}

pub(super) async fn show(context: &Context<'_>, id: &str, unseal: Option<&str>) -> Result<Ended> {
    let (app, mut shown) = find(context, id).await?;
    if let Some(why) = unseal {
        open(context, app, &mut shown, why).await?;
    }
    if context.arguments.json {
        output::json(&shown);
        return Ok(Ended::Well);
    }
    let letter = &shown["letter"];
    let text = |name: &str| letter[name].as_str().unwrap_or("-").to_owned();
    let say = |name: &str, value: String| output::line(&format!("{name:<14} {value}"));
    say("letter", text("id"));
    say("app", format!("{} {}", text("app"), text("app_version")));
    say(
        "reason",
        format!(
            "{} {}",
            text("reason"),
            shown["title"].as_str().unwrap_or_default()
        ),
    );
    say("place", text("place"));
    say("detail", text("detail"));
    say("value", text("offending_value"));
    say("key", text("record_key"));
    say("message", text("message_id"));
    say("correlation", text("correlation_id"));
    say("group", text("fingerprint"));
    say(
        "failed",
        format!(
            "{} times, first {}, last {}",
            letter["failures"],
            instant(&letter["at"]),
            instant(&letter["last_failed_at"])
        ),
    );
    say("state", in_words(&letter["status"]));
    for deed in letter["history"].as_array().into_iter().flatten() {
        let part = |name: &str| deed[name].as_str().unwrap_or_default().to_owned();
        say(
            "",
            format!(
                "{} {} {}: {}",
                instant(&deed["at"]),
                part("who"),
                part("what"),
                part("why")
            ),
        );
    }
    say(
        "explained by",
        format!("cargo xtask explain {}", text("reason")),
    );
    let sealed = shown["sealed"].as_array().into_iter().flatten();
    let sealed: Vec<&str> = sealed.filter_map(Value::as_str).collect();
    if sealed.contains(&"unit") {
        output::line(&format!(
            "\nas it came: {} bytes\nsealed, since this source names people: {}",
            letter["raw"]["bytes"],
            sealed.join(", ")
        ));
        output::say(&format!(
            "next: crossdock letters show {} --unseal WHY; the audit log has who opened it, and why",
            text("id")
        ));
        return Ok(Ended::Well);
    }
    output::line(&format!(
        "\nas it came:\n{}",
        shown["unit"].as_str().unwrap_or_default()
    ));
    if let Some(corrected) = shown["corrected"].as_str() {
        output::line(&format!("\nas it would come in now:\n{corrected}"));
    }
    Ok(Ended::Well)
}

/// What a letter is in: since when, by whom, with which outcome.
fn in_words(status: &Value) -> String {
    let text = |name: &str| status[name].as_str().unwrap_or_default();
    let at = ["since", "at"].into_iter().map(|name| &status[name]);
    let at = at.map(instant).find(|at| !at.is_empty());
    let parts = [
        (": ", text("why").to_owned()),
        (
            ": ",
            status["outcome"]["kind"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        ),
        (", plan ", text("plan").to_owned()),
        (", by ", text("by").to_owned()),
        (", since ", at.unwrap_or_default()),
    ];
    let parts = parts.into_iter().filter(|(_, part)| !part.is_empty());
    parts.fold(text("state").to_owned(), |words, (before, part)| {
        words + before + &part
    })
}
