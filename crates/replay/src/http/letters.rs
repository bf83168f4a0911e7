//! Letters: looking for them, reading them.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, QueryRejection},
    },
    response::{IntoResponse, Response},
};
use feed::{
    About, AuditPage, Cursor, DeadLetterId, Filter, Fingerprint, Groups, LETTERS_PER_PAGE_MAX,
    Letter, LetterSummary, Note, Reason, Verb,
};
use http::{HeaderMap, header::CONTENT_TYPE};
use record::{EpochMillis, Source};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Problem, operator, why};
use crate::{Replay, ReplayError};

/// Letters on a page unless it is asked for more.
const PAGE_DEFAULT: u32 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    source: Option<String>,
    reason: Option<String>,
    field_path: Option<String>,
    from: Option<String>,
    before: Option<String>,
    version: Option<String>,
    key: Option<String>,
    message: Option<String>,
    correlation: Option<String>,
    fingerprint: Option<String>,
    state: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
    format: Option<String>,
}

impl Asked {
    fn filter(&self, app: &str) -> Result<Filter, Problem> {
        Ok(Filter {
            app: Some(app.to_owned()),
            source: parsed(self.source.as_deref(), "source", |text| {
                text.parse::<Source>().ok()
            })?,
            reason: parsed(self.reason.as_deref(), "reason", |text| {
                text.parse::<Reason>().ok()
            })?,
            field_path: self.field_path.clone(),
            from: parsed(self.from.as_deref(), "from", instant)?,
            before: parsed(self.before.as_deref(), "before", instant)?,
            app_version: self.version.clone(),
            record_key: self.key.clone(),
            message_id: self.message.clone(),
            correlation_id: self.correlation.clone(),
            fingerprint: parsed(
                self.fingerprint.as_deref(),
                "fingerprint",
                Fingerprint::parse,
            )?,
            states: parsed(self.state.as_deref(), "state", |text| {
                let states = text
                    .split(',')
                    .map(|state| feed::State::parse(state.trim()));
                states.collect::<Option<Vec<_>>>()
            })?
            .unwrap_or_default(),
        })
    }
}

fn parsed<T>(
    text: Option<&str>,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let value = parse(text).ok_or_else(|| Problem::invalid(format!("`{text}` is no {name}")))?;
    Ok(Some(value))
}

/// An instant as epoch milliseconds or in the form of RFC 3339.
fn instant(text: &str) -> Option<EpochMillis> {
    let number = text.parse().ok().map(EpochMillis);
    number.or_else(|| text.parse::<jiff::Timestamp>().ok().map(EpochMillis::from))
}

/// What an app has to say of its letters at a glance.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    app: &'static str,
    version: &'static str,
    letters: BTreeMap<&'static str, u64>,
    open_groups: usize,
    plans_running: usize,
    live_messages: usize,
}

pub(super) async fn status(State(replay): State<Replay>) -> Answer<Status> {
    let filter = Filter::of_app(replay.app);
    let groups = replay.letters.groups(&filter, replay.now()).await?;
    let mut letters = BTreeMap::new();
    for group in &groups.groups {
        for (state, count) in &group.states {
            *letters.entry(state.as_str()).or_default() += count;
        }
    }
    let is_open = |group: &&feed::Group| group.states.contains_key(&feed::State::Open);
    let plans = replay.all_plans().await?;
    let running = plans
        .iter()
        .filter(|plan| plan.state == crate::PlanState::Running);
    Ok(Json(Status {
        app: replay.app,
        version: replay.version,
        letters,
        open_groups: groups.groups.iter().filter(is_open).count(),
        plans_running: running.count(),
        live_messages: replay.traffic.under_way(),
    }))
}

pub(super) async fn list(
    State(replay): State<Replay>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked?;
    let filter = asked.filter(replay.app)?;
    let cursor = parsed(asked.cursor.as_deref(), "cursor", |text| {
        text.parse::<Cursor>().ok()
    })?;
    let limit = asked
        .limit
        .unwrap_or(PAGE_DEFAULT)
        .clamp(1, LETTERS_PER_PAGE_MAX);
    let listed = replay.letters.list(&filter, limit, cursor.as_ref()).await?;
    match asked.format.as_deref() {
        None | Some("json") => Ok(Json(listed).into_response()),
        Some("csv") => {
            let next = listed
                .next
                .map(|cursor| cursor.to_string())
                .unwrap_or_default();
            let headers = [
                (CONTENT_TYPE.as_str(), "text/csv; charset=utf-8"),
                ("x-next-cursor", &next),
            ];
            Ok((headers, csv(&listed.letters)).into_response())
        }
        Some(other) => Err(Problem::invalid(format!(
            "format is json or csv, not `{other}`"
        ))),
    }
}

/// RFC 4180, with a header.
fn csv(letters: &[LetterSummary]) -> String {
    let mut text =
        "id,state,at,app,app_version,source,reason,field_path,place,detail,record_key,message_id,\
                    correlation_id,fingerprint,failures,edited\r\n"
            .to_owned();
    for letter in letters {
        let cells = [
            letter.id.as_str(),
            letter.status.state().as_str(),
            &jiff::Timestamp::from_millisecond(letter.at.0)
                .map(|at| at.to_string())
                .unwrap_or_default(),
            &letter.app,
            &letter.app_version,
            letter.source.map_or("", Source::as_str),
            letter.reason.code(),
            &letter.field_path,
            &letter.place,
            &letter.detail,
            letter.record_key.as_deref().unwrap_or_default(),
            letter.message_id.as_deref().unwrap_or_default(),
            &letter.correlation_id,
            letter.fingerprint.as_str(),
            &letter.failures.to_string(),
            &letter.edited.to_string(),
        ];
        let cells: Vec<String> = cells.into_iter().map(cell).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A cell; what a spreadsheet would take for a formula gets an apostrophe in front.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// A letter in full, with its bytes as text.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    letter: Letter,
    etag: feed::ETag,
    /// Empty where it is sealed.
    unit: String,
    /// What of the letter is sealed, and opened by another call.
    sealed: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected: Option<String>,
    title: &'static str,
}

pub(super) async fn show(
    State(replay): State<Replay>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer<Shown> {
    let who = operator(&headers)?;
    let seen = replay.letter(&id_of(&id)?).await?;
    let letter = seen.value;
    tracing::info!(
        event = "letter_shown",
        who,
        dead_letter_id = letter.id.as_str()
    );
    let raw = match letter.raw.sealed {
        true => None,
        false => Some(replay.letters.bytes(&letter.raw).await),
    };
    let corrected = match (&raw, letter.correction()) {
        (Some(Ok(raw)), Some(correction)) => Some(
            crate::unit::corrected(raw, correction).map_or_else(|error| error.to_string(), text),
        ),
        _ => None,
    };
    let unit = raw.map(|raw| raw.map_or_else(|error| error.to_string(), text));
    Ok(Json(Shown {
        unit: unit.unwrap_or_default(),
        sealed: sealed(&letter),
        corrected,
        title: letter.reason.title(),
        etag: seen.etag,
        letter,
    }))
}

/// What of a letter is sealed, by the names that the fields have in an answer.
fn sealed(letter: &Letter) -> Vec<&'static str> {
    let is_sealed = |kept: &Option<feed::KeptBytes>| kept.as_ref().is_some_and(|kept| kept.sealed);
    let is_corrected = letter.edits.iter().any(|edit| edit.correction.sealed);
    let all = [
        ("edits", is_corrected),
        ("unit", letter.raw.sealed),
        ("message", is_sealed(&letter.message)),
        ("normalized", is_sealed(&letter.normalized)),
        ("detail", letter.sealed.is_some()),
        ("offending_value", letter.sealed.is_some()),
    ];
    let sealed = all.into_iter().filter(|(_, is_sealed)| *is_sealed);
    sealed.map(|(name, _)| name).collect()
}

/// The bytes as text, or how many they are.
pub(super) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| format!("{} bytes that are not text", error.as_bytes().len()))
}

pub(super) async fn groups(
    State(replay): State<Replay>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Answer<Groups> {
    let Query(asked) = asked?;
    let filter = asked.filter(replay.app)?;
    Ok(Json(replay.letters.groups(&filter, replay.now()).await?))
}

fn fingerprint_of(text: &str) -> Result<Fingerprint, Problem> {
    Fingerprint::parse(text).ok_or_else(|| Problem::invalid(format!("`{text}` is no fingerprint")))
}

pub(super) fn id_of(text: &str) -> Result<DeadLetterId, Problem> {
    DeadLetterId::parse(text).ok_or_else(|| Problem::invalid(format!("`{text}` is no letter's id")))
}

pub(super) async fn notes(
    State(replay): State<Replay>,
    Path(fingerprint): Path<String>,
) -> Answer<Vec<Note>> {
    let fingerprint = fingerprint_of(&fingerprint)?;
    Ok(Json(replay.letters.notes(replay.app, &fingerprint).await?))
}

#[derive(Debug, Deserialize)]
pub(super) struct NewNote {
    text: String,
}

pub(super) async fn add_note(
    State(replay): State<Replay>,
    headers: HeaderMap,
    Path(fingerprint): Path<String>,
    note: Result<Json<NewNote>, JsonRejection>,
) -> Answer<Vec<Note>> {
    let (who, Json(note)) = (operator(&headers)?, note?);
    let fingerprint = fingerprint_of(&fingerprint)?;
    let about = About::Group {
        fingerprint: fingerprint.clone(),
    };
    let audited = replay
        .intend(&who, why(Some(&note.text))?, Verb::Note, about)
        .await?;
    let notes = replay
        .letters
        .add_note(&audited, &fingerprint, &note.text)
        .await;
    Ok(Json(notes.map_err(ReplayError::from)?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuditAsked {
    limit: Option<u32>,
    cursor: Option<String>,
}

pub(super) async fn audit(
    State(replay): State<Replay>,
    asked: Result<Query<AuditAsked>, QueryRejection>,
) -> Answer<AuditPage> {
    let Query(asked) = asked?;
    let cursor = parsed(asked.cursor.as_deref(), "cursor", |text| {
        text.parse::<Cursor>().ok()
    })?;
    let limit = asked.limit.unwrap_or(PAGE_DEFAULT);
    Ok(Json(
        replay
            .letters
            .audit(replay.app, limit, cursor.as_ref())
            .await?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_is_never_a_formula() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "'=1+1"),
            ("-2,5", "\"'-2,5\""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
