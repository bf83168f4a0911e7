use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn parse(name: &str, file: &Value) -> Result<Function, String> {
    let environment = BTreeMap::from([("EVERY".to_owned(), "0 */5 * * * *".to_owned())]);
    Function::parse(
        name,
        file.to_string().as_bytes(),
        &Settings::new(environment, BTreeMap::new()),
    )
}

fn http(route: Option<&str>) -> Value {
    json!({"bindings": [{"type": "httpTrigger", "name": "req", "route": route}, {"type": "http", "direction": "out", "name": "res"}]})
}

#[test]
fn names_follow_the_hosts_rules() {
    for good in ["ingest", "a", "Replay_dead-letters2"] {
        assert!(parse(good, &http(None)).is_ok(), "{good}");
    }
    for bad in ["1st", "_x", "host", "a.b", "admin_replay", "runtimes"] {
        assert!(parse(bad, &http(None)).is_err(), "{bad}");
    }
    assert!(
        parse("admin_replay", &http(Some("replay"))).is_ok(),
        "an explicit route decides"
    );
    for bad in ["admin", "administration", "Runtime/x"] {
        assert!(
            parse("f", &http(Some(bad))).is_err_and(|message| message.contains("built in")),
            "{bad}"
        );
    }
    let underscore =
        json!({"bindings": [{"type": "timerTrigger", "name": "the_tick", "schedule": "00:01:00"}]});
    assert!(parse("f", &underscore).is_err());
}

#[test]
fn one_trigger_and_known_bindings_only() {
    let twice = json!({"bindings": [{"type": "timerTrigger", "name": "a", "schedule": "00:01:00"},
        {"type": "httpTrigger", "name": "b"}]});
    assert!(parse("f", &twice).is_err_and(|message| message.contains("exactly one trigger")));
    let hub = json!({"bindings": [{"type": "eventHubTrigger", "name": "events"}]});
    assert_eq!(
        parse("f", &hub).unwrap_err(),
        "not supported yet: eventHubTrigger"
    );
}

#[test]
fn a_queue_trigger_has_no_retry_policy() {
    let mut queue =
        json!({"bindings": [{"type": "queueTrigger", "name": "item", "queueName": "Drops"}]});
    let Trigger::Queue(trigger) = parse("f", &queue).unwrap().trigger else {
        panic!("{queue}")
    };
    assert_eq!(
        (trigger.connection.as_str(), trigger.queue.as_str()),
        ("Storage", "drops")
    );
    queue["retry"] =
        json!({"strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:30"});
    assert!(parse("f", &queue).is_err_and(|message| message.contains("queueTrigger")));
    let bytes = json!({"bindings": [{"type": "queueTrigger", "name": "item", "queueName": "q", "dataType": "binary"}]});
    assert!(parse("f", &bytes).is_err_and(|message| message.contains("dataType")));
}

#[test]
fn a_timer_takes_its_schedule_from_a_setting() {
    let timer = json!({"bindings": [{"TYPE": "timerTrigger", "name": "tick", "schedule": "%EVERY%", "runOnStartup": true}],
        "retry": {"strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:30"}});
    let function = parse("f", &timer).unwrap();
    let Trigger::Timer(trigger) = function.trigger else {
        panic!("{:?}", function.trigger)
    };
    assert!(trigger.run_on_startup && trigger.use_monitor);
    let strategy = RetryStrategy::Fixed(Duration::from_secs(30));
    assert_eq!(
        function.retry,
        Some(RetryPolicy {
            max_retries: Some(2),
            strategy
        })
    );
    let missing =
        json!({"bindings": [{"type": "timerTrigger", "name": "tick", "schedule": "%NOT_SET%"}]});
    assert!(parse("f", &missing).is_err_and(|message| message.contains("NOT_SET")));
}

#[test]
fn a_cosmos_trigger_has_the_extensions_defaults() {
    let cosmos = json!({"bindings": [{"type": "cosmosDBTrigger", "name": "docs", "databaseName": "d", "containerName": "c"}],
        "retry": {"strategy": "exponentialBackoff", "maxRetryCount": -1, "minimumInterval": "00:00:05", "maximumInterval": "00:05:00"}});
    let function = parse("f", &cosmos).unwrap();
    assert_eq!(function.retry.as_ref().unwrap().max_retries, None);
    let Trigger::CosmosDb(trigger) = function.trigger else {
        panic!("{:?}", function.trigger)
    };
    assert_eq!(
        (
            trigger.connection.as_str(),
            trigger.lease_container.as_str()
        ),
        ("CosmosDB", "leases")
    );
    assert_eq!(
        (trigger.max_items, trigger.poll_delay),
        (100, Duration::from_secs(5))
    );
    assert!(!trigger.start_from_beginning);
    let same = json!({"bindings": [{"type": "cosmosDBTrigger", "name": "docs", "databaseName": "d", "containerName": "leases"}]});
    assert!(parse("f", &same).is_err_and(|message| message.contains("must differ")));
}

#[test]
fn retry_is_checked() {
    let with = |retry: Value| {
        parse(
            "f",
            &json!({"bindings": [{"type": "timerTrigger", "name": "t", "schedule": "00:01:00"}], "retry": retry}),
        )
    };
    for wrong in [
        json!({"strategy": "fixedDelay", "delayInterval": "00:00:01"}),
        json!({"strategy": "fixedDelay", "maxRetryCount": -2, "delayInterval": "00:00:01"}),
        json!({"strategy": "fixedDelay", "maxRetryCount": 1}),
        json!({"strategy": "exponentialBackoff", "maxRetryCount": 1, "minimumInterval": "00:01:00", "maximumInterval": "00:00:01"}),
        json!({"strategy": "sometimes", "maxRetryCount": 1}),
    ] {
        assert!(with(wrong.clone()).is_err(), "{wrong}");
    }
}
