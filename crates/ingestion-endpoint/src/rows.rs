//! Items as rows of the workspace's tables, under the names that queries use there.

use serde_json::{Map, Value, json};

/// A row and the table that it is of.
pub(crate) struct Row {
    pub(crate) table: &'static str,
    pub(crate) columns: Map<String, Value>,
}

impl Row {
    /// The row of an item; `None` of a kind that no query asks for.
    pub(crate) fn of(item: &Value) -> Option<Self> {
        let data = &item["data"]["baseData"];
        let (table, own) = match item["data"]["baseType"].as_str()? {
            "RequestData" => ("AppRequests", request(data)),
            "RemoteDependencyData" => ("AppDependencies", dependency(data)),
            "MessageData" => ("AppTraces", message(data)),
            "ExceptionData" => ("AppExceptions", exception(data)),
            "EventData" => ("AppEvents", json!({ "Name": data["name"] })),
            "MetricData" => ("AppMetrics", metric(data)),
            _ => return None,
        };
        let mut columns = common(item, data, table);
        if let Value::Object(own) = own {
            columns.extend(own);
        }
        Some(Self { table, columns })
    }

    /// A text of the row, empty where there is none.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.columns
            .get(column)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A text among the row's properties, empty where there is none.
    pub(crate) fn property(&self, name: &str) -> &str {
        let properties = self.columns.get("Properties");
        let property = properties.and_then(|properties| properties.get(name));
        property.and_then(Value::as_str).unwrap_or_default()
    }
}

fn common(item: &Value, data: &Value, table: &str) -> Map<String, Value> {
    let tag = |name: &str| item["tags"].get(name).cloned().unwrap_or_else(|| json!(""));
    let mut columns = Map::new();
    let mut set = |name: &str, value: Value| columns.insert(name.to_owned(), value);
    set("TimeGenerated", item["time"].clone());
    set("Type", json!(table));
    set("OperationId", tag("ai.operation.id"));
    set("ParentId", tag("ai.operation.parentId"));
    set("OperationName", tag("ai.operation.name"));
    set("AppRoleName", tag("ai.cloud.role"));
    set("AppRoleInstance", tag("ai.cloud.roleInstance"));
    set("AppVersion", tag("ai.application.ver"));
    set("SDKVersion", tag("ai.internal.sdkVersion"));
    set("ItemCount", json!(weight(item)));
    set(
        "Properties",
        match &data["properties"] {
            Value::Null => json!({}),
            properties => properties.clone(),
        },
    );
    columns
}

/// How many items this one stands for. A whole number, as in the service.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn weight(item: &Value) -> i64 {
    let percent = item["sampleRate"].as_f64().filter(|percent| *percent > 0.0);
    (100.0 / percent.unwrap_or(100.0)).round() as i64
}

fn request(data: &Value) -> Value {
    json!({
        "Id": data["id"], "Name": data["name"], "Success": data["success"], "ResultCode": data["responseCode"],
        "DurationMs": duration_ms(data), "Url": data["url"], "Source": data["source"],
    })
}

fn dependency(data: &Value) -> Value {
    json!({
        "Id": data["id"], "Name": data["name"],
        // What says nothing of its success is taken for one.
        "Success": data["success"].as_bool().unwrap_or(true),
        "ResultCode": data["resultCode"], "DurationMs": duration_ms(data), "Target": data["target"],
        "DependencyType": data["type"], "Data": data["data"],
    })
}

fn message(data: &Value) -> Value {
    let severity = match data["severityLevel"].as_str() {
        Some("Verbose") => 0,
        Some("Warning") => 2,
        Some("Error") => 3,
        Some("Critical") => 4,
        _ => 1,
    };
    json!({ "Message": data["message"], "SeverityLevel": severity })
}

fn exception(data: &Value) -> Value {
    let first = &data["exceptions"][0];
    json!({
        "ExceptionType": first["typeName"], "OuterType": first["typeName"], "OuterMessage": first["message"],
        "InnermostMessage": first["message"], "ProblemId": first["typeName"], "SeverityLevel": 3,
    })
}

fn metric(data: &Value) -> Value {
    let metric = &data["metrics"][0];
    let value = metric["value"].as_f64().unwrap_or_default();
    let or_value = |name: &str| metric[name].as_f64().unwrap_or(value);
    json!({
        "Name": metric["name"], "Sum": value, "Min": or_value("min"), "Max": or_value("max"),
        "ItemCount": metric["count"].as_i64().unwrap_or(1),
    })
}

/// `1.02:03:04.567890` in milliseconds.
fn duration_ms(data: &Value) -> f64 {
    let text = data["duration"].as_str().unwrap_or_default();
    let (days, clock) = text
        .split_once('.')
        .filter(|(days, _)| !days.contains(':'))
        .unwrap_or(("0", text));
    let seconds = clock.split(':').fold(0.0, |sum, part| {
        sum * 60.0 + part.parse::<f64>().unwrap_or_default()
    });
    (days.parse::<f64>().unwrap_or_default() * 86_400.0 + seconds) * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read() {
        let of = |text: &str| duration_ms(&json!({ "duration": text }));
        assert!((of("0.00:00:00.005000") - 5.0).abs() < 1e-9);
        assert!((of("1.02:03:04.500000") - 93_784_500.0).abs() < 1e-6);
        assert!((of("00:01:00") - 60_000.0).abs() < 1e-9);
        assert!(of("").abs() < 1e-9);
    }

    #[test]
    fn a_sampled_item_stands_for_others() {
        assert_eq!(weight(&json!({ "sampleRate": 25.0 })), 4);
        assert_eq!(weight(&json!({})), 1);
    }
}
