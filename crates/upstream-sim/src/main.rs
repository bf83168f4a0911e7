//! Command line of the simulated outside world.

use std::io::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use parent_process::Parent;
use upstream_sim::carrier;
use upstream_sim::courier::Courier;
use upstream_sim::faults::FaultProfile;
use upstream_sim::server;
use upstream_sim::signature::Secret;
use upstream_sim::sim::{Settings, Sim};
use upstream_sim::storage::Account;
use upstream_sim::telematics;
use upstream_sim::visibility::{self, Credentials};
use upstream_sim::warehouse;
use upstream_sim::world::Endings;
use uuid::Uuid;

/// Plays the upstream systems of the pipeline: a seeded world of orders and loads.
#[derive(Debug, Parser)]
struct Args {
    /// Port on the loopback interface; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// End when the process that started this one is gone
    #[arg(long)]
    exit_with_parent: bool,
    /// Decides everything that happens
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How long things happen; 0 is until the process ends
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Fault profile to start from
    #[arg(long, value_enum, default_value_t = Profile::None)]
    faults: Profile,
    /// Sets one probability of the profile, as NAME=PROBABILITY; may be repeated
    #[arg(long = "fault", value_name = "NAME=PROBABILITY")]
    fault: Vec<String>,
    /// Where trips are pushed; without it transport stays silent
    #[arg(long, requires = "transport_secret")]
    transport_url: Option<String>,
    /// Signs the pushes (whsec_...)
    #[arg(long)]
    transport_secret: Option<String>,
    /// Order versions per second
    #[arg(long, default_value_t = 5.0)]
    orders_rate: f64,
    /// Trip messages per second
    #[arg(long, default_value_t = 8.0)]
    transport_rate: f64,
    /// Blob service that warehouse and carrier drop files into, signed; without it both stay silent
    #[arg(long, value_name = "URI", requires = "storage_queues")]
    storage_blobs: Option<String>,
    /// Queue service through which the drops are told of, signed
    #[arg(long, value_name = "URI")]
    storage_queues: Option<String>,
    /// Files of the warehouses per second
    #[arg(long, default_value_t = 1.5)]
    warehouse_rate: f64,
    /// Files of the carriers per second
    #[arg(long, default_value_t = 1.0)]
    carrier_rate: f64,
    /// Bearer token of Samsara's API; without it no vehicle has a gateway
    #[arg(long, requires = "telematics_geotab")]
    telematics_token: Option<String>,
    /// Geotab's account, as DATABASE:USER:PASSWORD
    #[arg(long, requires = "telematics_token")]
    telematics_geotab: Option<String>,
    /// Readings of vehicles per second
    #[arg(long, default_value_t = 20.0)]
    telematics_rate: f64,
    /// Where container events and scans are pushed: the address in front of `/events`; without it visibility stays silent
    #[arg(
        long,
        requires = "visibility_key",
        requires = "visibility_subscription"
    )]
    visibility_url: Option<String>,
    /// Bearer key of those pushes
    #[arg(long)]
    visibility_key: Option<String>,
    /// Signs the pushes that bear the key (whsec_...); without it the key alone has to do
    #[arg(long)]
    visibility_secret: Option<String>,
    /// Subscription of the DCSA 2.2 pushes, as ID:BASE64
    #[arg(long)]
    visibility_subscription: Option<String>,
    /// Pushes of container events and scans per second and interface
    #[arg(long, default_value_t = 2.0)]
    visibility_rate: f64,
    /// Company id in the path of the orders API
    #[arg(long, default_value = "11111111-2222-3333-4444-555555555555")]
    company_id: Uuid,
    /// Company name, as the report keys orders
    #[arg(long, default_value = "CRONUS")]
    company: String,
    /// Orders that exist at the start
    #[arg(long, default_value_t = 0)]
    bulk_orders: usize,
    /// Trips pushed at the start, as fast as they are taken
    #[arg(long, default_value_t = 0)]
    bulk_trips: usize,
    /// Probability that an order is deleted instead of changed (only delta links show it)
    #[arg(long, default_value_t = 0.0)]
    order_deletes: f64,
    /// Probability that a requested load is deleted instead of confirmed
    #[arg(long, default_value_t = 0.01)]
    trip_deletes: f64,
    /// Day before which all plans lie (default: today)
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Date>,
    /// Nothing happens before POST /sim/start
    #[arg(long)]
    hold: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Profile {
    None,
    Mild,
    Hard,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let parent = Parent::now();
    let sim = Sim::new(settings(&args)?, Timestamp::now);
    sim.prepare();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", args.port))
        .await
        .context("cannot listen")?;
    let port = listener.local_addr()?.port();
    writeln!(
        std::io::stdout(),
        "{}",
        serde_json::json!({"event": "sim_ready", "port": port})
    )?;
    tokio::spawn(play(Arc::clone(&sim)));
    axum::serve(listener, server::routes(sim))
        .with_graceful_shutdown(ended(args.exit_with_parent.then_some(parent)))
        .await?;
    Ok(())
}

async fn play(sim: Arc<Sim>) {
    log("generating", &sim);
    Arc::clone(&sim).generate().await;
    log("generated", &sim);
}

/// Waits for Ctrl-C, or until the process that started this one is gone, where that is asked for.
async fn ended(parent: Option<Parent>) {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let orphaned = async {
        match parent {
            Some(parent) => parent.gone().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = orphaned => {}
    }
}

fn log(event: &str, sim: &Sim) {
    let mut line = sim.status();
    line["timestamp"] = Timestamp::now().to_string().into();
    line["level"] = "INFO".into();
    line["event"] = event.into();
    eprintln!("{line}");
}

fn courier(args: &Args) -> anyhow::Result<Option<Arc<Courier>>> {
    let (Some(url), Some(secret)) = (&args.transport_url, &args.transport_secret) else {
        return Ok(None);
    };
    let secret: Secret = secret.parse()?;
    Ok(Some(Arc::new(Courier::new(
        url.clone(),
        secret,
        Timestamp::now,
    )?)))
}

fn account(args: &Args) -> anyhow::Result<Option<Account>> {
    match (&args.storage_blobs, &args.storage_queues) {
        (Some(blobs), Some(queues)) => Ok(Some(Account::new(blobs, queues)?)),
        _ => Ok(None),
    }
}

fn telematics(args: &Args) -> anyhow::Result<Option<telematics::Settings>> {
    let (Some(token), Some(geotab)) = (&args.telematics_token, &args.telematics_geotab) else {
        return Ok(None);
    };
    let parts: Vec<String> = geotab.splitn(3, ':').map(str::to_owned).collect();
    let Ok(geotab) = parts.try_into() else {
        anyhow::bail!("--telematics-geotab is DATABASE:USER:PASSWORD");
    };
    Ok(Some(telematics::Settings {
        samsara_token: token.clone(),
        geotab,
        rate: args.telematics_rate,
    }))
}

fn visibility(args: &Args) -> anyhow::Result<Option<visibility::Settings>> {
    let (Some(url), Some(key), Some(subscription)) = (
        &args.visibility_url,
        &args.visibility_key,
        &args.visibility_subscription,
    ) else {
        return Ok(None);
    };
    let (id, secret) = subscription
        .split_once(':')
        .context("--visibility-subscription is ID:BASE64")?;
    let credentials = Credentials {
        key: key.clone(),
        secret: args
            .visibility_secret
            .as_deref()
            .map(str::parse)
            .transpose()?,
        subscription: (id.to_owned(), secret.parse()?),
    };
    let courier = Courier::with_seal(url.clone(), Arc::new(credentials), Timestamp::now)?;
    Ok(Some(visibility::Settings {
        courier: Arc::new(courier),
        rate: args.visibility_rate,
    }))
}

fn settings(args: &Args) -> anyhow::Result<Settings> {
    let mut faults = match args.faults {
        Profile::None => FaultProfile::default(),
        Profile::Mild => FaultProfile::mild(),
        Profile::Hard => FaultProfile::hard(),
    };
    args.fault
        .iter()
        .try_for_each(|setting| faults.set(setting))?;
    let account = account(args)?;
    Ok(Settings {
        seed: args.seed,
        seconds: args.seconds,
        orders_rate: args.orders_rate,
        transport_rate: args.transport_rate,
        bulk_orders: args.bulk_orders,
        bulk_trips: args.bulk_trips,
        faults,
        endings: Endings {
            order_deletes: args.order_deletes,
            trip_deletes: args.trip_deletes,
        },
        company: args.company.clone(),
        company_id: args.company_id,
        today: args.today,
        hold: args.hold,
        transport: courier(args)?,
        warehouse: account.clone().map(|account| warehouse::Settings {
            account,
            rate: args.warehouse_rate,
            now: Timestamp::now,
        }),
        carrier: account.map(|account| carrier::Settings {
            account,
            rate: args.carrier_rate,
            now: Timestamp::now,
        }),
        telematics: telematics(args)?,
        visibility: visibility(args)?,
    })
}
