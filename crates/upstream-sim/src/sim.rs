//! The running simulation: paces the world, hands its doings to the two upstreams, keeps the truth.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::courier::{Courier, Letter};
use crate::faults::FaultProfile;
use crate::order_book::OrderBook;
use crate::rolls::Rolls;
use crate::stamp::ticks;
use crate::truth::Truth;
use crate::world::{Endings, TripMessage, World};

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
}

/// Everything that moves, behind one lock that is never held across an await.
#[derive(Debug)]
pub(crate) struct Inner {
    world: World,
    pub(crate) book: OrderBook,
    truth: Truth,
    order_faults: Rolls,
    trip_faults: Rolls,
    pub(crate) request_faults: Rolls,
    order_changes: u64,
    trip_changes: u64,
    /// First messages of loads, to be pushed again at the end.
    stale: Vec<Letter>,
    generating: bool,
}

/// One simulation.
#[derive(Debug)]
pub struct Sim {
    /// As given.
    pub settings: Settings,
    pub(crate) clock: Clock,
    courier: Option<Arc<Courier>>,
    inner: Mutex<Inner>,
    started: Instant,
    release: Notify,
    /// Distinguishes the webhook ids of two runs with one seed.
    run: String,
}

impl Sim {
    /// A simulation at rest. Without a courier, transport stays silent.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock, courier: Option<Arc<Courier>>) -> Arc<Self> {
        let seed = settings.seed;
        let now = clock();
        let today = settings
            .today
            .unwrap_or_else(|| now.to_zoned(TimeZone::UTC).date());
        let inner = Inner {
            world: World::new(seed, today, settings.endings),
            book: OrderBook::default(),
            truth: Truth::default(),
            order_faults: Rolls::new(seed, 11),
            trip_faults: Rolls::new(seed, 12),
            request_faults: Rolls::new(seed, 13),
            order_changes: 0,
            trip_changes: 0,
            stale: Vec::new(),
            generating: true,
        };
        Arc::new(Self {
            settings,
            clock,
            courier,
            inner: Mutex::new(inner),
            started: Instant::now(),
            release: Notify::new(),
            run: format!("{:x}", now.as_millisecond()),
        })
    }

    /// The moving parts, with what has become due by now made visible.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        let now = ticks((self.clock)());
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.book.advance(now);
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
            inner.show_order(version, ticks(now));
        }
    }

    /// Runs the world to its end: bulk trips first, then order versions and trip messages at their rates.
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
        let (mut orders, mut trips) = (0_u32, 0_u32);
        loop {
            let (order_due, trip_due) = (
                due(orders, self.settings.orders_rate),
                due(trips, self.settings.transport_rate),
            );
            let next = order_due.min(trip_due);
            if let Ok(offset) = Duration::try_from_secs_f64(next.min(end)) {
                tokio::time::sleep_until(start + offset).await;
            } else {
                std::future::pending::<()>().await;
            }
            if next >= end {
                break;
            }
            if order_due <= trip_due {
                orders += 1;
                self.emit_order();
            } else {
                trips += 1;
                self.emit_trip(false);
            }
        }
        self.finish();
    }

    /// One thing happens to an order.
    pub fn emit_order(&self) {
        let now = (self.clock)();
        let faults = self.settings.faults;
        let mut inner = self.lock();
        let version = inner.world.step_order(now);
        let late = inner.order_faults.chance(faults.late_visible);
        let delay = inner.order_faults.between(2_000_000, 30_000_000);
        let broken = inner.order_faults.chance(faults.invalid_order);
        inner.show_order(version, ticks(now) + if late { delay } else { 0 });
        if broken {
            let version = inner.world.broken_order(now);
            inner.truth.dead_orders += 1;
            inner.book.commit(version, ticks(now));
        }
    }

    /// One thing happens to a load; `fresh` makes it a new load. Nothing happens where nobody listens.
    pub fn emit_trip(&self, fresh: bool) {
        let Some(courier) = &self.courier else { return };
        let now = (self.clock)();
        let mut inner = self.lock();
        let message = if fresh {
            inner.world.create_trip(now)
        } else {
            inner.world.step_trip(now)
        };
        inner.trip_changes += 1;
        inner.truth.sent(&message);
        for letter in inner.letters(&message, now, &self.run, self.settings.faults) {
            courier.post(letter);
        }
    }

    fn finish(&self) {
        let mut inner = self.lock();
        if let Some(courier) = &self.courier {
            inner
                .stale
                .drain(..)
                .for_each(|letter| courier.post(letter));
        }
        inner.generating = false;
    }

    /// The answer of `GET /sim/truth`: what the report must hold, as JSON text.
    pub fn truth(&self) -> String {
        let inner = self.lock();
        inner.truth.report(&inner.world, &self.settings.company)
    }

    /// The answer of `GET /sim/status`.
    pub fn status(&self) -> Value {
        let inner = self.lock();
        let figure = |read: fn(&Courier) -> u64| self.courier.as_deref().map_or(0, read);
        let in_flight = figure(|courier| courier.figures.in_flight.load(Relaxed));
        let gave_up = figure(|courier| courier.figures.gave_up.load(Relaxed));
        json!({
            "elapsed_ms": u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "generating": inner.generating,
            "finished": !inner.generating && inner.book.settled() && in_flight == 0 && gave_up == 0,
            "sources": {
                "orders": {
                    "changes": inner.order_changes,
                    "served": inner.book.distinct_served,
                    "rows_served": inner.book.rows_served,
                    "invalid": inner.truth.dead_orders,
                },
                "transport": {
                    "changes": inner.trip_changes,
                    "sent": figure(|courier| courier.figures.sent.load(Relaxed)),
                    "accepted": figure(|courier| courier.figures.accepted.load(Relaxed)),
                    "retried": figure(|courier| courier.figures.retried.load(Relaxed)),
                    "invalid": inner.truth.dead_trips,
                    "forged": figure(|courier| courier.figures.forged.load(Relaxed)),
                    "refused_401": figure(|courier| courier.figures.refused_401.load(Relaxed)),
                    "forged_accepted": figure(|courier| courier.figures.forged_accepted.load(Relaxed)),
                    "gave_up": gave_up,
                    "in_flight": in_flight,
                },
            },
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

/// Seconds from the start to the event after `done` others; never, at rate 0.
fn due(done: u32, rate: f64) -> f64 {
    if rate > 0.0 {
        (f64::from(done) + 1.0) / rate
    } else {
        f64::INFINITY
    }
}

fn milliseconds(rolls: &mut Rolls, low: i64, high: i64) -> Duration {
    Duration::from_millis(rolls.between(low, high).unsigned_abs())
}

impl Inner {
    fn show_order(&mut self, version: crate::order_book::Version, visible_at: i64) {
        self.order_changes += 1;
        self.book.commit(version, visible_at);
    }

    /// The deliveries one message causes. Every decision is drawn whatever the profile, so profiles do not shift each other.
    fn letters(
        &mut self,
        message: &TripMessage,
        now: Timestamp,
        run: &str,
        faults: FaultProfile,
    ) -> Vec<Letter> {
        let kind = if message.deleted {
            "trip.deleted"
        } else {
            "trip.updated"
        };
        let entity = message.trip.entity();
        let rolls = &mut self.trip_faults;
        let late = rolls.chance(faults.late);
        let delay = milliseconds(rolls, 200, 3_000);
        let letter = Letter {
            id: webhook_id(rolls, run),
            body: envelope(kind, now, &entity),
            delay: if late { delay } else { Duration::ZERO },
            forged: false,
        };
        let mut letters = Vec::with_capacity(1);
        let (twice, same_id) = (rolls.chance(faults.twice), rolls.chance(0.5));
        let (again, other_id) = (milliseconds(rolls, 0, 1_500), webhook_id(rolls, run));
        if twice {
            let id = if same_id { letter.id.clone() } else { other_id };
            letters.push(Letter {
                id,
                delay: letter.delay + again,
                ..letter.clone()
            });
        }
        let (stale, stale_id) = (rolls.chance(faults.stale), webhook_id(rolls, run));
        if stale && message.trip.status == "requested" && !message.deleted {
            self.stale.push(Letter {
                id: stale_id,
                delay: Duration::ZERO,
                ..letter.clone()
            });
        }
        let (forged, forged_id) = (rolls.chance(faults.bad_signature), webhook_id(rolls, run));
        if forged {
            let mut lie = entity;
            lie["status"] = "cancelled".into();
            lie["lastModified"] = "2099-01-01T00:00:00Z".into();
            letters.push(Letter {
                id: forged_id,
                body: envelope(kind, now, &lie),
                delay: Duration::ZERO,
                forged,
            });
        }
        let (broken, broken_id) = (rolls.chance(faults.invalid_trip), webhook_id(rolls, run));
        if broken {
            let body = envelope("trip.updated", now, &self.world.broken_trip(now));
            self.truth.dead_trips += 1;
            let letter = Letter {
                id: broken_id,
                body,
                delay: Duration::ZERO,
                forged: false,
            };
            letters.extend(twice.then(|| letter.clone()));
            letters.push(letter);
        }
        letters.push(letter);
        letters
    }
}

fn webhook_id(rolls: &mut Rolls, run: &str) -> String {
    format!("msg_{run}{}", rolls.guid().simple())
}

fn envelope(kind: &str, now: Timestamp, entity: &Value) -> Arc<[u8]> {
    let at = crate::stamp::Stamp::new(now, 3, 0).text;
    format!(r#"{{"type":"{kind}","timestamp":"{at}","data":{entity}}}"#)
        .into_bytes()
        .into()
}
