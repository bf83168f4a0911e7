//! Letters: listed, grouped, shown, corrected, closed.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::{
    Context, Ended,
    show::{chosen, group_of},
};
use crate::{
    apps::App,
    arguments::{Change, Filter, Select},
    client::{CallError, Client},
    output,
    table::table,
};

/// Digits of an id that a table shows.
const ID_DIGITS: usize = 12;

pub(super) async fn list(
    context: &Context<'_>,
    filter: &Filter,
    limit: u32,
    csv: bool,
) -> Result<Ended> {
    let (_, filter) = group_of(context, filter).await?;
    let mut query = filter.query();
    if filter.state.is_none() {
        query.push(("state", "open,claimed".to_owned()));
    }
    query.push(("limit", limit.to_string()));
    let (client, only) = (&context.client, context.arguments.app.as_deref());
    if csv {
        query.push(("format", "csv".to_owned()));
        let ask = async |app| client.text(app, "letters", &query).await;
        let texts = client.ask_each(only, ask).await?;
        for (number, (_, text)) in texts.answered.iter().enumerate() {
            let lines = text.lines().skip(usize::from(number > 0));
            lines.for_each(output::line);
        }
        return Ok(texts.ended());
    }
    let pages = client.get_each::<Value>(only, "letters", &query).await?;
    let (mut letters, mut more) = (Vec::new(), Vec::new());
    for (app, page) in &pages.answered {
        letters.extend(page["letters"].as_array().cloned().unwrap_or_default());
        if !page["next"].is_null() {
            more.push(app.name.clone());
        }
    }
    letters.sort_by(|a, b| b["listed_as"].as_str().cmp(&a["listed_as"].as_str()));
    if context.arguments.json {
        output::json(&letters);
        return Ok(pages.ended());
    }
    let rows: Vec<Vec<String>> = letters.iter().map(letter_row).collect();
    let header = [
        "letter",
        "app",
        "failed at",
        "reason",
        "key",
        "field",
        "detail",
        "state",
    ];
    output::line(&table(&header, &rows));
    if !more.is_empty() {
        output::say(&format!(
            "there are more in {}; raise --limit or narrow the filter",
            more.join(", ")
        ));
    }
    Ok(pages.ended())
}

fn letter_row(letter: &Value) -> Vec<String> {
    let text = |name: &str| letter[name].as_str().unwrap_or_default().to_owned();
    let edited = if letter["edited"] == true {
        ", edited"
    } else {
        ""
    };
    vec![
        short(&text("id")),
        text("app"),
        to_the_minute(&letter["at"]),
        text("reason"),
        text("record_key"),
        text("field_path"),
        text("detail"),
        format!(
            "{}{edited}",
            letter["status"]["state"].as_str().unwrap_or_default()
        ),
    ]
}

fn short(id: &str) -> String {
    id.chars().take(ID_DIGITS).collect()
}

/// Epoch milliseconds as a civil time in UTC, to the second.
pub(super) fn instant(ms: &Value) -> String {
    let at = ms
        .as_i64()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
        .unwrap_or_default()
}

/// The same for a narrow column: without the year and the seconds.
fn to_the_minute(ms: &Value) -> String {
    let whole = instant(ms);
    match whole.get(5..16) {
        Some(minute) => format!("{minute}Z"),
        None => whole,
    }
}

/// An app's groups, each with what was noted on it.
async fn noted_groups(
    client: &Client,
    app: &App,
    filter: &Filter,
) -> Result<Vec<Value>, CallError> {
    let mut found: Value = client.get(app, "groups", &filter.query()).await?;
    let mut groups = match found["groups"].take() {
        Value::Array(groups) => groups,
        _ => Vec::new(),
    };
    for group in &mut groups {
        let fingerprint = group["fingerprint"].as_str().unwrap_or_default();
        let path = format!("groups/{fingerprint}/notes");
        group["notes"] = client.get(app, &path, &[]).await?;
    }
    Ok(groups)
}

pub(super) async fn groups(context: &Context<'_>, filter: &Filter) -> Result<Ended> {
    let (_, filter) = group_of(context, filter).await?;
    let (client, only) = (&context.client, context.arguments.app.as_deref());
    let found = client.ask_each(only, async |app| noted_groups(client, app, &filter).await);
    let found = found.await?;
    let groups = found.answered.iter().flat_map(|(_, groups)| groups);
    let mut groups: Vec<&Value> = groups.collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group["last_at"].as_i64()));
    if context.arguments.json {
        output::json(&groups);
        return Ok(found.ended());
    }
    let rows: Vec<Vec<String>> = groups.iter().map(|group| group_row(group)).collect();
    let header = [
        "group",
        "app",
        "reason",
        "open",
        "all",
        "last hour",
        "first",
        "last",
        "version",
    ];
    // Beneath each group, where it is and what is known of it: as long as they are.
    let table = table(&header, &rows);
    let mut lines = table.lines();
    lines.next().into_iter().for_each(output::line);
    for (line, group) in lines.zip(&groups) {
        output::line(line);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        output::line(&format!("  at {}", text(&group["field_path"])));
        for note in group["notes"].as_array().into_iter().flatten() {
            output::line(&format!(
                "  {}: {}",
                text(&note["who"]),
                text(&note["text"])
            ));
        }
    }
    if let Some(group) = groups.first() {
        let app = group["app"].as_str().unwrap_or_default();
        let group = short(group["fingerprint"].as_str().unwrap_or_default());
        output::say(&format!(
            "next: crossdock --app {app} letters list --group {group}"
        ));
    }
    Ok(found.ended())
}

fn group_row(group: &Value) -> Vec<String> {
    let text = |name: &str| group[name].as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_u64().unwrap_or_default().to_string();
    let began = group["versions"].as_object().and_then(|versions| {
        let first = versions.iter().min_by_key(|(_, at)| at.as_i64());
        first.map(|(version, _)| version.clone())
    });
    vec![
        short(&text("fingerprint")),
        text("app"),
        text("reason"),
        number(&group["states"]["open"]),
        number(&group["letters"]),
        number(&group["last_hour"]),
        to_the_minute(&group["first_at"]),
        to_the_minute(&group["last_at"]),
        began.unwrap_or_default(),
    ]
}

/// Reads `--patch` or `--replacement`, from a file if it begins with `@`.
pub(super) fn correction(patch: Option<&str>, replacement: Option<&str>) -> Result<Value> {
    let (kind, text) = match (patch, replacement) {
        (Some(text), _) => ("json_patch", text),
        (None, Some(text)) => ("replacement", text),
        (None, None) => bail!("give --patch or --replacement"),
    };
    let text = match text.strip_prefix('@') {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?
        }
        None => text.to_owned(),
    };
    Ok(json!({ "kind": kind, "patch": text }))
}

pub(super) async fn edit(
    context: &Context<'_>,
    select: &Select,
    correction: Value,
    preview: bool,
    why: Option<&str>,
) -> Result<Ended> {
    let (app, select) = chosen(context, select).await?;
    let body = select.body(json!({ "correction": correction, "preview": preview, "why": why }))?;
    let edited: Vec<Value> = context.client.post(app, "letters/edit", &body).await?;
    if context.arguments.json {
        output::json(&edited);
        return Ok(Ended::Well);
    }
    let mut fails = 0;
    for letter in &edited {
        let id = short(letter["letter"].as_str().unwrap_or_default());
        let would = match letter["would"].as_str() {
            Some("fail") => {
                fails += 1;
                format!(
                    "would fail again: {} {}",
                    letter["reason"].as_str().unwrap_or_default(),
                    letter["detail"].as_str().unwrap_or_default()
                )
            }
            Some("publish") => format!("would publish {} documents", letter["of"]),
            _ => "would be written".to_owned(),
        };
        output::line(&format!("{id}  {would}"));
        if preview {
            output::line(&format!(
                "  {}",
                letter["unit"].as_str().unwrap_or_default()
            ));
        }
    }
    let done = if preview {
        "nothing is stored; leave out --preview to store it"
    } else {
        "stored; next: crossdock replay plan … --why …, with the same ids or filter"
    };
    output::say(&format!(
        "{} letters, {fails} of them would fail again; {done}",
        edited.len()
    ));
    Ok(if fails > 0 {
        Ended::WithLettersLeft
    } else {
        Ended::Well
    })
}

pub(super) async fn change(context: &Context<'_>, change: &Change, verb: &str) -> Result<Ended> {
    let (app, select) = chosen(context, &change.select).await?;
    let body = select.body(json!({ "why": change.why }))?;
    let changed: Value = context
        .client
        .post(app, &format!("letters/{verb}"), &body)
        .await?;
    if context.arguments.json {
        output::json(&changed);
    } else {
        output::line(&format!("{} letters: {verb}", changed["changed"]));
        for refused in changed["refused"].as_array().into_iter().flatten() {
            output::say(&format!(
                "not {}: {}",
                refused["letter"], refused["message"]
            ));
        }
    }
    let refused = changed["refused"]
        .as_array()
        .is_some_and(|refused| !refused.is_empty());
    Ok(if refused {
        Ended::WithLettersLeft
    } else {
        Ended::Well
    })
}

pub(super) async fn note(context: &Context<'_>, fingerprint: &str, text: &str) -> Result<Ended> {
    let named = Filter {
        group: Some(fingerprint.to_owned()),
        ..Filter::default()
    };
    let (app, named) = group_of(context, &named).await?;
    let (Some(app), Some(group)) = (app, named.group) else {
        bail!("which group?");
    };
    let body = json!({ "text": text });
    let path = format!("groups/{group}/notes");
    let notes: Value = context.client.post(app, &path, &body).await?;
    if context.arguments.json {
        output::json(&notes);
    } else {
        output::line(&format!("noted on group {group} of {}", app.name));
    }
    Ok(Ended::Well)
}
