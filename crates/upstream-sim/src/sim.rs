//! The running simulation: paces the world, tells the upstreams of its loads, asks them for the truth.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::carrier::{self, Carrier};
use crate::courier::Courier;
use crate::faults::FaultProfile;
use crate::orders::Orders;
use crate::stamp::ticks;
use crate::telematics::{self, Telematics};
use crate::transport::Transport;
use crate::truth;
use crate::upstream::Upstream;
use crate::visibility::{self, Visibility};
use crate::warehouse::{self, Warehouse};
use crate::world::{Endings, World};

/// Supplies the present. Nothing else reads a clock for data.
pub type Clock = fn() -> Timestamp;

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Decides everything that is not an instant.
    pub seed: u64,
    /// Generation time; 0 never ends.
    pub seconds: u64,
    /// Order versions per second.
    pub orders_rate: f64,
    /// Trip messages per second.
    pub transport_rate: f64,
    /// Orders that exist at the start.
    pub bulk_orders: usize,
    /// Trips that are pushed at the start, as fast as the receiver takes them.
    pub bulk_trips: usize,
    /// What goes wrong.
    pub faults: FaultProfile,
    /// How often orders and loads are deleted.
    pub endings: Endings,
    /// Company name, as the report keys orders.
    pub company: String,
    /// Company id in the path of the orders API.
    pub company_id: Uuid,
    /// Plans lie in the two days before this day; by default before today.
    pub today: Option<Date>,
    /// Generation waits for `POST /sim/start`.
    pub hold: bool,
    /// Pushes trips; without it transport stays silent.
    pub transport: Option<Arc<Courier>>,
    /// Drops files of movements and stock; without it the warehouses stay silent.
    pub warehouse: Option<warehouse::Settings>,
    /// Drops interchanges; without it the carriers stay silent.
    pub carrier: Option<carrier::Settings>,
    /// The vehicles' gateways; without it no vehicle has one.
    pub telematics: Option<telematics::Settings>,
    /// Pushes container events and scans; without it visibility stays silent.
    pub visibility: Option<visibility::Settings>,
}

/// Everything that moves, behind one lock that is never held across an await.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) world: World,
    pub(crate) orders: Orders,
    transport: Transport,
    pub(crate) warehouse: Warehouse,
    pub(crate) carrier: Carrier,
    pub(crate) telematics: Telematics,
    pub(crate) visibility: Visibility,
    generating: bool,
}

/// One simulation.
#[derive(Debug)]
pub struct Sim {
    /// As given.
    pub settings: Settings,
    pub(crate) clock: Clock,
    inner: Mutex<Inner>,
    started: Instant,
    release: Notify,
}

impl Inner {
    fn new(settings: &Settings, now: Timestamp) -> Self {
        let (seed, faults) = (settings.seed, settings.faults);
        let today = settings
            .today
            .unwrap_or_else(|| now.to_zoned(TimeZone::UTC).date());
        let world = World::new(seed, today, settings.endings);
        // Distinguishes the message ids of two runs with one seed.
        let run = format!("{:x}", now.as_millisecond());
        Self {
            orders: Orders::new(seed, faults, &world),
            transport: Transport::new(seed, faults, settings.transport.clone(), run.clone()),
            warehouse: Warehouse::new(seed, faults, settings.warehouse.clone()),
            carrier: Carrier::new(seed, faults, settings.carrier.clone()),
            telematics: Telematics::new(seed, faults, settings.telematics.clone()),
            visibility: Visibility::new(seed, faults, settings.visibility.clone(), run),
            world,
            generating: true,
        }
    }

    /// All upstreams, in the order in which they are told things.
    fn upstreams(&self) -> [&dyn Upstream; 6] {
        [
            &self.orders,
            &self.transport,
            &self.warehouse,
            &self.carrier,
            &self.telematics,
            &self.visibility,
        ]
    }

    /// Lets each upstream do something that looks at the world.
    fn each(&mut self, mut tell: impl FnMut(&mut dyn Upstream, &World)) {
        let upstreams: [&mut dyn Upstream; 6] = [
            &mut self.orders,
            &mut self.transport,
            &mut self.warehouse,
            &mut self.carrier,
            &mut self.telematics,
            &mut self.visibility,
        ];
        for upstream in upstreams {
            tell(upstream, &self.world);
        }
    }
}

impl Sim {
    /// A simulation at rest.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock) -> Arc<Self> {
        let inner = Inner::new(&settings, clock());
        Arc::new(Self {
            settings,
            clock,
            inner: Mutex::new(inner),
            started: Instant::now(),
            release: Notify::new(),
        })
    }

    /// The moving parts, with what has become due by now made visible.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        let now = ticks((self.clock)());
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.orders.book.advance(now);
        inner
    }

    /// Lets a held simulation begin.
    pub fn release(&self) {
        self.release.notify_one();
    }

    /// Creates the bulk orders, all visible on return.
    pub fn prepare(&self) {
        for _ in 0..self.settings.bulk_orders {
            let now = (self.clock)();
            let mut inner = self.lock();
            let version = inner.world.create_order(now);
            inner.orders.show(version, now);
        }
    }

    /// Runs the world to its end: bulk trips first, then orders, trips and each upstream's own doings at their rates.
    pub async fn generate(self: Arc<Self>) {
        if self.settings.hold {
            self.release.notified().await;
        }
        for _ in 0..self.settings.bulk_trips {
            self.emit_trip(true);
        }
        let start = Instant::now();
        let end = if self.settings.seconds == 0 {
            f64::INFINITY
        } else {
            seconds(self.settings.seconds)
        };
        let rates = self.rates();
        let mut done = [0_u32; 8];
        loop {
            let (which, next) = earliest(&rates, &done);
            if let Ok(offset) = Duration::try_from_secs_f64(next.min(end)) {
                tokio::time::sleep_until(start + offset).await;
            } else {
                std::future::pending::<()>().await;
            }
            if next >= end {
                break;
            }
            done[which] += 1;
            match which {
                0 => self.emit_order(),
                1 => self.emit_trip(false),
                upstream => self.act(upstream - 2),
            }
        }
        self.finish();
    }

    /// Things per second: orders, trips, then what each upstream does of its own.
    fn rates(&self) -> [f64; 8] {
        let own = self.lock().upstreams().map(Upstream::rate);
        let mut rates = [self.settings.orders_rate, self.settings.transport_rate].to_vec();
        rates.extend(own);
        std::array::from_fn(|at| rates[at])
    }

    /// One thing happens to an order.
    pub fn emit_order(&self) {
        let now = (self.clock)();
        let mut inner = self.lock();
        let version = inner.world.step_order(now);
        inner.orders.commit(version, now);
    }

    /// One thing happens to a load; `fresh` makes it a new load. Nothing happens where nobody listens.
    pub fn emit_trip(&self, fresh: bool) {
        let now = (self.clock)();
        let mut inner = self.lock();
        if !inner.upstreams().iter().any(|one| one.wants_trips()) {
            return;
        }
        let message = if fresh {
            inner.world.create_trip(now)
        } else {
            inner.world.step_trip(now)
        };
        inner.each(|upstream, world| upstream.on_trip(world, &message, now));
    }

    /// One upstream, by its place among the six, does something of its own.
    pub fn act(&self, upstream: usize) {
        let now = (self.clock)();
        let mut at = 0;
        self.lock().each(|one, world| {
            if at == upstream {
                one.act(world, now);
            }
            at += 1;
        });
    }

    /// The world comes to its end; what was held back leaves.
    pub fn finish(&self) {
        let now = (self.clock)();
        let mut inner = self.lock();
        inner.each(|upstream, world| upstream.finish(world, now));
        inner.generating = false;
    }

    /// Looks at what the apps have put where partners find it, which is part of the truth.
    pub async fn look(&self) {
        let answers = self.lock().carrier.answers();
        if let Some(answers) = answers {
            answers.look().await;
        }
    }

    /// The answer of `GET /sim/truth`: what the report must hold, as JSON text.
    pub fn truth(&self) -> String {
        let inner = self.lock();
        truth::report(&inner.world, &inner.upstreams(), &self.settings.company)
    }

    /// The answer of `GET /sim/status`.
    pub fn status(&self) -> Value {
        let inner = self.lock();
        let upstreams = inner.upstreams();
        let settled = upstreams.iter().all(|one| one.settled());
        let sources: Map<String, Value> = upstreams
            .iter()
            .map(|one| (one.source().to_owned(), one.status()))
            .collect();
        json!({
            "elapsed_ms": u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "generating": inner.generating,
            "finished": !inner.generating && settled,
            "sources": sources,
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a run of 2^52 seconds is not foreseen"
)]
fn seconds(whole: u64) -> f64 {
    whole as f64
}

/// What is due next, and how many seconds after the start. Of two due at once, the first in the list.
fn earliest(rates: &[f64; 8], done: &[u32; 8]) -> (usize, f64) {
    let mut earliest = (0, f64::INFINITY);
    for (which, (&rate, &done)) in rates.iter().zip(done).enumerate() {
        let next = due(done, rate);
        if next < earliest.1 {
            earliest = (which, next);
        }
    }
    earliest
}

/// Seconds from the start to the event after `done` others; never, at rate 0.
fn due(done: u32, rate: f64) -> f64 {
    if rate > 0.0 {
        (f64::from(done) + 1.0) / rate
    } else {
        f64::INFINITY
    }
}
