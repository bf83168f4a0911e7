//! A dead letter, from the page that wakes somebody to the report row.

use anyhow::{Result, ensure};
use e2e::World;
use reporting::Table;
use serde_json::{Map, Value, json};

const TRIP: &str = include_str!("../../functions/transport/fixtures/trip_planned.json");
const LOAD: &str = "L-2026-55013";
const CHANGED: &str = r#""lastModified":"2026-11-08T10:00:00Z""#;
const PATCH: &str = r#"[{"op":"replace","path":"/lastModified","value":"2026-11-08T10:00:00Z"}]"#;
const WHY: &str = "INC-7: the sender wrote a word for a time";

/// A trip of its own, last modified at a time of day that may be none.
fn trip(number: usize, modified: &str) -> String {
    let load = load(number);
    let id = format!("b0000000-0000-4000-8000-{number:012}");
    TRIP.replace(LOAD, &load)
        .replace("b0000000-0000-4000-8000-000000055013", &id)
        .replace(CHANGED, &format!(r#""lastModified":"{modified}""#))
}

fn load(number: usize) -> String {
    format!("L-TEST-{number:05}")
}

/// A world in which little else happens.
async fn world() -> Result<World> {
    World::of_seconds(1).rates(0.5, 0.5).start().await
}

async fn shipments(world: &World) -> Result<Vec<Map<String, Value>>> {
    Ok(world
        .stack()
        .pipeline()
        .store()
        .rows(Table::Shipment)
        .await?)
}

async fn shipment(world: &World, number: usize) -> Result<Option<Map<String, Value>>> {
    let rows = shipments(world).await?;
    Ok(rows
        .into_iter()
        .find(|row| row["shipment_no"] == load(number)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_edited_looked_at_and_replayed_to_its_rows() -> Result<()> {
    let world = world().await?;
    for number in 0..3 {
        let status = world
            .send_trip(&format!("msg_bad_{number}"), &trip(number, "soon"))
            .await?;
        ensure!(
            status == 202,
            "a webhook with a bad trip is taken in, not {status}"
        );
    }
    let groups = world
        .crossdock_well(
            "ada",
            &[
                "--app",
                "transport",
                "letters",
                "groups",
                "--reason",
                "E102",
            ],
        )
        .await?;
    let group = &groups[0];
    assert_eq!(
        (&group["letters"], &group["field_path"]),
        (&3.into(), &"$.data.lastModified".into()),
        "{groups:#}"
    );
    let fingerprint = group["fingerprint"].as_str().unwrap_or_default().to_owned();
    world
        .crossdock_well(
            "ada",
            &[
                "--app",
                "transport",
                "letters",
                "note",
                &fingerprint,
                "sender called",
            ],
        )
        .await?;

    // Nothing is stored by a preview; nothing but the correction by an edit.
    let by_group = ["--group", &fingerprint];
    let edit = |more: &[&'static str]| {
        let mut edit = vec!["--app", "transport", "letters", "edit", "--patch", PATCH];
        edit.extend(more);
        edit
    };
    let preview = [&edit(&["--preview"])[..], &by_group].concat();
    let preview = world.crossdock_well("ada", &preview).await?;
    assert_eq!(preview.as_array().map(Vec::len), Some(3));
    assert!(
        preview[0]["would"] == "publish" && preview[0]["stored"] == false,
        "{preview:#}"
    );
    let edited = [&edit(&["--why", WHY])[..], &by_group].concat();
    world.crossdock_well("ada", &edited).await?;

    let plan = [
        &["--app", "transport", "replay", "plan", "--why", WHY][..],
        &by_group,
    ]
    .concat();
    let plan = world.crossdock_well("ada", &plan).await?;
    let (id, digest) = (
        plan["id"].as_str().unwrap_or_default(),
        plan["digest"].as_str().unwrap_or_default(),
    );
    let dry_run = world
        .crossdock_well("ada", &["replay", "dry-run", id])
        .await?;
    assert_eq!(dry_run["counts"]["applied"], 3, "{dry_run:#}");
    assert_eq!(shipment(&world, 0).await?, None, "a dry run writes nothing");

    let other = world
        .crossdock("ada", &["replay", "run", id, "--digest", "0", "--why", WHY])
        .await?;
    assert_eq!(
        (other.code, &other.json["error"]),
        (1, &"other_digest".into()),
        "{other:?}"
    );
    // The feed carries the next writes out, and the answers are lost: what was written is this run's all the same.
    let url = format!("{}_faults", world.stack().pipeline().feed_url());
    let lost = json!({ "container": "records", "drop_reply_after_service": 3 });
    let faults = reqwest::Client::new().put(url).json(&lost);
    faults.send().await?.error_for_status()?;
    let run = world
        .crossdock_well(
            "ada",
            &["replay", "run", id, "--digest", digest, "--why", WHY],
        )
        .await?;
    assert_eq!(
        (&run["plan"]["state"], &run["counts"]["applied"]),
        (&"finished".into(), &3.into()),
        "{run:#}"
    );

    // What the dry run said is what the rows are.
    for letter in dry_run["letters"].as_array().into_iter().flatten() {
        for row in letter["rows"].as_array().into_iter().flatten() {
            if row["table"] == "rpt_shipment" {
                is_as_foretold(&shipments(&world).await?, row)?;
            }
        }
    }
    let left = world
        .crossdock_well(
            "ada",
            &[
                "--app",
                "transport",
                "letters",
                "list",
                "--group",
                &fingerprint,
            ],
        )
        .await?;
    assert_eq!(
        left.as_array().map(Vec::len),
        Some(0),
        "every letter is closed: {left:#}"
    );

    // The original stays, and everything that was done is written down.
    let letter = dry_run["letters"][0]["letter"].as_str().unwrap_or_default();
    let shown = world
        .crossdock_well("bob", &["letters", "show", letter])
        .await?;
    // A trip names people, so its bytes are sealed; who opens them is written down.
    let opened = world
        .crossdock_well("bob", &["letters", "show", letter, "--unseal", WHY])
        .await?;
    for (found, sees_it) in [(&shown["unit"], false), (&opened["unit"], true)] {
        let text = found.as_str().unwrap_or_default();
        assert_eq!(text.contains("soon"), sees_it, "{shown:#} {opened:#}");
    }
    assert_eq!(
        shown["letter"]["status"]["outcome"]["kind"], "applied",
        "{shown:#}"
    );
    let audit = world
        .crossdock_well("bob", &["--app", "transport", "audit"])
        .await?;
    let verbs: Vec<&str> = audit
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| entry["verb"].as_str())
        .collect();
    assert_eq!(
        verbs,
        [
            "unseal", "run", "dry_run", "plan", "edit", "dry_run", "note"
        ],
        "{audit:#}"
    );

    // The same once more is nothing: there is no open letter, and the plan has ended.
    let again = world
        .crossdock(
            "ada",
            &["replay", "run", id, "--digest", digest, "--why", WHY],
        )
        .await?;
    assert!(
        again.code == 0 && again.json["counts"]["applied"] == 3,
        "{again:?}"
    );
    world.stop().await;
    Ok(())
}

fn is_as_foretold(rows: &[Map<String, Value>], foretold: &Value) -> Result<()> {
    let row = rows
        .iter()
        .find(|row| row["shipment_no"] == foretold["key"]);
    let row = row.ok_or_else(|| anyhow::anyhow!("no row for {foretold}"))?;
    for change in foretold["changes"].as_array().into_iter().flatten() {
        let column = change["column"].as_str().unwrap_or_default();
        if let Some(cell) = row.get(column) {
            ensure!(
                *cell == change["after"],
                "{column} is {cell}, foretold was {change}"
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_master_key_opens_the_admin_routes() -> Result<()> {
    let world = world().await?;
    for app in [
        "orders",
        "transport",
        "telematics",
        "visibility",
        "warehouse",
        "carrier",
        "consolidator",
    ] {
        assert_eq!(
            world
                .admin_status(app, "letters", local::FUNCTION_KEY)
                .await?,
            401,
            "{app}"
        );
        assert_eq!(world.admin_status(app, "letters", "").await?, 401, "{app}");
        assert_eq!(
            world
                .admin_status(app, "letters", "local-master-key")
                .await?,
            200,
            "{app}"
        );
    }
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_down_hides_no_letter_of_the_others() -> Result<()> {
    let world = world().await?;
    let status = world.send_trip("msg_bad_30", &trip(30, "soon")).await?;
    ensure!(
        status == 202,
        "a webhook with a bad trip is answered {status}"
    );
    let on_call = world.on_call().when_down("orders")?;
    for what in [&["letters", "list"], &["letters", "groups"]] {
        let said = on_call.crossdock("ada", what).await?;
        let shown = said.json.as_array().map_or(0, Vec::len);
        ensure!(
            (said.code, shown) == (4, 1) && said.errors.contains("orders cannot be reached"),
            "{what:?}: {said:?}"
        );
    }
    let letters = world.crossdock_well("ada", &["letters", "list"]).await?;
    let id = letters[0]["id"].as_str().unwrap_or_default();
    let shown = on_call.well("ada", &["letters", "show", &id[..12]]).await?;
    assert_eq!(shown["letter"]["id"], id);
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_operators_on_one_letter_one_wins_and_the_other_is_told() -> Result<()> {
    let world = world().await?;
    for number in 10..15 {
        world
            .send_trip(&format!("msg_bad_{number}"), &trip(number, "soon"))
            .await?;
    }
    let letters = world
        .crossdock_well("ada", &["--app", "transport", "letters", "list"])
        .await?;
    for letter in letters.as_array().into_iter().flatten() {
        let id = letter["id"].as_str().unwrap_or_default();
        let discard = [
            "--app",
            "transport",
            "letters",
            "discard",
            id,
            "--why",
            "a test load",
        ];
        let archive = [
            "--app",
            "transport",
            "letters",
            "archive",
            id,
            "--why",
            "later",
        ];
        let (ada, bob) = tokio::try_join!(
            world.crossdock("ada", &discard),
            world.crossdock("bob", &archive)
        )?;
        // An archived letter may be discarded, so the one order in which both succeed is archive, then discard.
        let codes = [ada.code, bob.code];
        ensure!(codes.contains(&0), "one of them wins: {ada:?} {bob:?}");
        if let Some(lost) = [&ada, &bob].into_iter().find(|said| said.code != 0) {
            ensure!(
                lost.code == 1 && lost.errors.contains("next:"),
                "the other is told what to do: {lost:?}"
            );
        }
        let shown = world
            .crossdock_well("ada", &["letters", "show", id])
            .await?;
        let history = shown["letter"]["history"].as_array().map_or(0, Vec::len);
        assert_eq!(
            history,
            codes.iter().filter(|code| **code == 0).count(),
            "{shown:#}"
        );
    }
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_refuses_to_run_when_a_letter_has_changed_since() -> Result<()> {
    let world = world().await?;
    for number in 20..22 {
        world
            .send_trip(&format!("msg_bad_{number}"), &trip(number, "soon"))
            .await?;
    }
    let plan = world
        .crossdock_well(
            "ada",
            &[
                "--app",
                "transport",
                "replay",
                "plan",
                "--reason",
                "E102",
                "--why",
                WHY,
            ],
        )
        .await?;
    let (id, digest) = (
        plan["id"].as_str().unwrap_or_default(),
        plan["digest"].as_str().unwrap_or_default(),
    );
    let letters = world
        .crossdock_well("bob", &["--app", "transport", "letters", "list"])
        .await?;
    let letter = letters[0]["id"].as_str().unwrap_or_default();
    world
        .crossdock_well(
            "bob",
            &[
                "--app",
                "transport",
                "letters",
                "discard",
                letter,
                "--why",
                "known",
            ],
        )
        .await?;
    let refused = world
        .crossdock(
            "ada",
            &["replay", "run", id, "--digest", digest, "--why", WHY],
        )
        .await?;
    assert_eq!(
        (refused.code, &refused.json["error"]),
        (1, &"set_changed".into()),
        "{refused:?}"
    );

    // Unchanged, the other one fails again, and is open with an attempt more.
    let plan = world
        .crossdock_well(
            "ada",
            &[
                "--app",
                "transport",
                "replay",
                "plan",
                "--reason",
                "E102",
                "--why",
                WHY,
            ],
        )
        .await?;
    let (id, digest) = (
        plan["id"].as_str().unwrap_or_default(),
        plan["digest"].as_str().unwrap_or_default(),
    );
    assert_eq!(plan["letters"], 1);
    let run = world
        .crossdock(
            "ada",
            &["replay", "run", id, "--digest", digest, "--why", WHY],
        )
        .await?;
    assert_eq!(
        (run.code, &run.json["counts"]["failed_again"]),
        (3, &1.into()),
        "{run:?}"
    );
    let letters = world
        .crossdock_well("ada", &["--app", "transport", "letters", "list"])
        .await?;
    assert_eq!(
        (letters.as_array().map(Vec::len), &letters[0]["failures"]),
        (Some(1), &2.into()),
        "{letters:#}"
    );
    world.stop().await;
    Ok(())
}
