//! The event hash of the Core Business Vocabulary 2.0: the id of an event that came without one.
//!
//! The event is written as one string in a fixed order, with all its identifiers and words in one form, and hashed. The
//! same event gives the same id whoever writes it down. Read from the event's JSON without types, since fields that we do
//! not know take part; only events without an id come here.

use std::fmt::Write as _;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Map, Value, value::RawValue};
use sha2::{Digest as _, Sha256};

use super::{value::hex, web_uri::web_uri};

/// Fields of an event in the order in which they are written, and how.
const ORDER: [(&str, Form); 23] = [
    ("eventTime", Form::Time),
    ("eventTimeZoneOffset", Form::Plain),
    ("epcList", Form::List("epc")),
    ("parentID", Form::Plain),
    ("inputEPCList", Form::List("epc")),
    ("childEPCs", Form::List("epc")),
    ("quantityList", Form::Quantities),
    ("childQuantityList", Form::Quantities),
    ("inputQuantityList", Form::Quantities),
    ("outputEPCList", Form::List("epc")),
    ("outputQuantityList", Form::Quantities),
    ("action", Form::Plain),
    ("transformationID", Form::Plain),
    ("bizStep", Form::Word("BizStep-")),
    ("disposition", Form::Word("Disp-")),
    ("persistentDisposition", Form::Dispositions),
    ("readPoint", Form::Place),
    ("bizLocation", Form::Place),
    ("bizTransactionList", Form::Typed("bizTransaction", "BTT-")),
    ("sourceList", Form::Typed("source", "SDT-")),
    ("destinationList", Form::Typed("destination", "SDT-")),
    ("sensorElementList", Form::Sensors),
    ("ilmd", Form::Free),
];

/// Fields that are no part of what happened.
const LEFT_OUT: [&str; 9] = [
    "type",
    "eventID",
    "recordTime",
    "errorDeclaration",
    "certificationInfo",
    "@context",
    "@id",
    "rdfs:comment",
    "comment",
];

const METADATA: [&str; 8] = [
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
];
const REPORT: [&str; 23] = [
    "type",
    "exception",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "time",
    "microorganism",
    "chemicalSubstance",
    "value",
    "component",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
    "uom",
    "coordinateReferenceSystem",
];

/// Where the words of the vocabulary live.
const CBV: &str = "https://ref.gs1.org/cbv/";
/// Where the words of measurements live.
const GS1: &str = "https://gs1.org/voc/";

/// How a field is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Plain,
    Time,
    /// A word of the vocabulary, with what goes before it in a web address.
    Word(&'static str),
    /// A list of identifiers, each under this name.
    List(&'static str),
    Quantities,
    Dispositions,
    Place,
    /// A list of identifiers with types: the identifier's name, and what goes before the type in a web address.
    Typed(&'static str, &'static str),
    Sensors,
    Free,
}

/// Meaning of the prefixes in an EPCIS document.
#[derive(Debug, Clone, Default)]
pub struct Namespaces(Vec<(String, String)>);

impl Namespaces {
    /// Reads the `@context` of a document. What is no prefix is passed over.
    #[must_use]
    pub fn of(context: Option<&RawValue>) -> Self {
        let mut namespaces = Self::default();
        if let Some(Ok(context)) = context.map(|context| serde_json::from_str(context.get())) {
            namespaces.add(&context);
        }
        namespaces
    }

    fn add(&mut self, context: &Value) {
        match context {
            Value::Array(parts) => parts.iter().for_each(|part| self.add(part)),
            Value::Object(prefixes) => {
                for (prefix, meaning) in prefixes {
                    if let Value::String(meaning) = meaning {
                        self.0.push((prefix.clone(), meaning.clone()));
                    }
                }
            }
            _ => {}
        }
    }

    fn meaning(&self, prefix: &str) -> Option<&str> {
        let own = self.0.iter().find(|(own, _)| own == prefix);
        own.map(|(_, meaning)| meaning.as_str()).or(match prefix {
            "cbv" => Some(CBV),
            "gs1" => Some(GS1),
            "epcis" => Some("https://ref.gs1.org/epcis/"),
            _ => None,
        })
    }

    /// A value whose prefix is known, in full.
    fn expanded(&self, value: &str) -> Option<String> {
        let (prefix, local) = value.split_once(':')?;
        if local.starts_with("//") {
            return None;
        }
        self.meaning(prefix)
            .map(|meaning| format!("{meaning}{local}"))
    }

    /// The name of a field: that of a partner's own field with its namespace.
    fn name(&self, name: &str) -> String {
        match name.split_once(':') {
            Some((prefix, local)) => match self.meaning(prefix) {
                Some(meaning) => format!("{{{meaning}}}{local}"),
                None => name.to_owned(),
            },
            None => name.to_owned(),
        }
    }
}

/// The hash id of an event, `ni:///sha-256;…?ver=CBV2.0`; `json` is the event as it came.
///
/// # Errors
/// A text that is no JSON object.
pub fn event_hash(json: &str, namespaces: &Namespaces) -> Result<String, serde_json::Error> {
    let event: Map<String, Value> = serde_json::from_str(json)?;
    let written = Writer { namespaces }.event(&event);
    let digest = hex(&Sha256::digest(written.as_bytes()));
    Ok(format!("ni:///sha-256;{digest}?ver=CBV2.0"))
}

struct Writer<'n> {
    namespaces: &'n Namespaces,
}

impl Writer<'_> {
    fn event(&self, event: &Map<String, Value>) -> String {
        let kind = event
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let mut text = format!("eventType={}", kind.trim());
        for (name, form) in ORDER {
            if let Some(value) = event.get(name) {
                text.push_str(&self.field(name, form, value));
            }
        }
        let known = |name: &String| {
            LEFT_OUT.contains(&name.as_str()) || ORDER.iter().any(|(known, _)| known == name)
        };
        text.push_str(&self.own_fields(event, known));
        text
    }

    fn field(&self, name: &str, form: Form, value: &Value) -> String {
        let inner = match form {
            Form::Plain => return self.pair(name, value, None),
            Form::Time => return time(name, value),
            Form::Word(before) => return self.pair(name, value, Some(&format!("{CBV}{before}"))),
            Form::List(item) => sorted(items(value).map(|value| self.pair(item, value, None))),
            Form::Quantities => sorted(items(value).map(|quantity| {
                let fields = ["epcClass", "quantity", "uom"];
                under("quantityElement", &self.fields(quantity, &fields, None))
            })),
            Form::Dispositions => {
                let disposition = format!("{CBV}Disp-");
                let list = |name: &str| {
                    let words = value.get(name).into_iter().flat_map(items);
                    sorted(words.map(|word| self.pair(name, word, Some(&disposition))))
                };
                list("set") + &list("unset")
            }
            Form::Place => {
                let own = value
                    .as_object()
                    .map(|place| self.own_fields(place, |name| name == "id"));
                self.fields(value, &["id"], None) + &own.unwrap_or_default()
            }
            Form::Typed(item, before) => sorted(items(value).map(|typed| {
                let kind = format!("{CBV}{before}");
                let identifier = typed.get(item).map(|id| self.pair(item, id, None));
                let kind = typed
                    .get("type")
                    .map(|word| self.pair("type", word, Some(&kind)));
                identifier.unwrap_or_default() + &kind.unwrap_or_default()
            })),
            Form::Sensors => sorted(items(value).map(|sensor| self.sensor(sensor))),
            Form::Free => match value.as_object() {
                Some(fields) => self.own_fields(fields, |_| false),
                None => String::new(),
            },
        };
        under(name, &inner)
    }

    fn sensor(&self, sensor: &Value) -> String {
        let metadata = sensor
            .get("sensorMetadata")
            .map(|metadata| under("sensorMetadata", &self.with_own_fields(metadata, &METADATA)));
        let reports = sensor.get("sensorReport").into_iter().flat_map(items);
        let reports = sorted(
            reports.map(|report| under("sensorReport", &self.with_own_fields(report, &REPORT))),
        );
        let own = sensor.as_object().map(|fields| {
            self.own_fields(fields, |name| {
                name == "sensorMetadata" || name == "sensorReport"
            })
        });
        let inner = metadata.unwrap_or_default() + &reports + &own.unwrap_or_default();
        under("sensorElement", &inner)
    }

    fn with_own_fields(&self, value: &Value, fields: &[&str]) -> String {
        let own = value
            .as_object()
            .map(|object| self.own_fields(object, |name| fields.contains(&name.as_str())));
        self.fields(value, fields, Some(GS1)) + &own.unwrap_or_default()
    }

    /// The listed fields of an object, in the order of the list. `words` is where bare words of measurements live.
    fn fields(&self, value: &Value, fields: &[&str], words: Option<&str>) -> String {
        let mut text = String::new();
        for name in fields {
            let Some(value) = value.get(name) else {
                continue;
            };
            let is_time = matches!(*name, "time" | "startTime" | "endTime");
            let component = format!("{CBV}Comp-");
            let before = match *name {
                "type" | "exception" => words,
                "component" => Some(component.as_str()),
                _ => None,
            };
            if is_time {
                text.push_str(&time(name, value));
            } else {
                text.push_str(&self.pair(name, value, before));
            }
        }
        text
    }

    /// The partners' own fields of an object, sorted, each with what lies below it.
    fn own_fields(
        &self,
        object: &Map<String, Value>,
        is_known: impl Fn(&String) -> bool,
    ) -> String {
        let own = object.iter().filter(|(name, _)| !is_known(name));
        let mut parts = Vec::new();
        for (name, value) in own {
            for value in items(value) {
                parts.push(self.own_field(&self.namespaces.name(name), value));
            }
        }
        sorted(parts.into_iter())
    }

    fn own_field(&self, name: &str, value: &Value) -> String {
        match value {
            Value::Object(fields) => format!("{name}{}", self.own_fields(fields, |_| false)),
            value => {
                let pair = self.pair(name, value, None);
                if pair.is_empty() {
                    name.to_owned()
                } else {
                    pair
                }
            }
        }
    }

    /// A name and its value, or nothing for a value that is empty. A bare word gets `before` in front.
    fn pair(&self, name: &str, value: &Value, before: Option<&str>) -> String {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        };
        if text.is_empty() {
            return String::new();
        }
        let text = match before {
            Some(before) if !text.contains(':') => format!("{before}{text}"),
            _ => self.one_form(text),
        };
        format!("{name}={text}")
    }

    /// A value in the form that all writers share.
    fn one_form(&self, text: String) -> String {
        const URNS: [(&str, &str); 5] = [
            ("urn:epcglobal:cbv:bizstep:", "BizStep-"),
            ("urn:epcglobal:cbv:disp:", "Disp-"),
            ("urn:epcglobal:cbv:btt:", "BTT-"),
            ("urn:epcglobal:cbv:sdt:", "SDT-"),
            ("urn:epcglobal:cbv:er:", "ER-"),
        ];
        for (urn, before) in URNS {
            if let Some(word) = text.strip_prefix(urn) {
                return format!("{CBV}{before}{word}");
            }
        }
        if let Some(expanded) = self.namespaces.expanded(&text) {
            return expanded;
        }
        number(&text).or_else(|| web_uri(&text)).unwrap_or(text)
    }
}

/// The items of a list, or the one value.
fn items(value: &Value) -> std::slice::Iter<'_, Value> {
    match value {
        Value::Array(items) => items.iter(),
        value => std::slice::from_ref(value).iter(),
    }
}

/// A name with what is below it; nothing if nothing is below.
fn under(name: &str, inner: &str) -> String {
    if inner.is_empty() {
        String::new()
    } else {
        format!("{name}{inner}")
    }
}

fn sorted(parts: impl Iterator<Item = String>) -> String {
    let mut parts: Vec<_> = parts.collect();
    parts.sort();
    parts.concat()
}

/// A time in UTC with milliseconds; one that cannot be read stays as it is.
fn time(name: &str, value: &Value) -> String {
    let Some(text) = value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
    else {
        return String::new();
    };
    let to_millisecond = TimestampRound::new()
        .smallest(Unit::Millisecond)
        .mode(RoundMode::HalfEven);
    let mut written = format!("{name}=");
    match text
        .parse::<Timestamp>()
        .and_then(|time| time.round(to_millisecond))
    {
        Ok(time) => write!(written, "{time:.3}").expect("a String takes what is written"),
        Err(_) => written.push_str(text),
    }
    written
}

/// A number without signs and zeros that say nothing; None for other texts.
fn number(text: &str) -> Option<String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    let number: f64 = is_number.then(|| text.parse().ok())??;
    if !number.is_finite() {
        return None;
    }
    Some(if number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        format!("{number}")
    })
}
