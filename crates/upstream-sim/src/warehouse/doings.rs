//! What loads and orders cause in the warehouses.

use crate::names::ITEMS;
use crate::order::Order;
use crate::rolls::Rolls;
use crate::stamp::Decimal;
use crate::trip::{Kind as StopKind, Trip};
use crate::warehouse::movement::{Clock, Kind, Movement, USERS};
use crate::warehouse::site::{Site, bin, site_of};
use crate::world::World;

/// Goods that were promised: one line of an order on a load.
#[derive(Debug)]
struct Goods {
    order_no: String,
    line_no: i64,
    sku: String,
    uom: &'static str,
    qty: Decimal,
    /// The pallets that they travel on.
    units: Vec<String>,
}

/// Decides what happens.
#[derive(Debug)]
pub(super) struct Floor {
    rolls: Rolls,
}

impl Floor {
    pub(super) fn new(rolls: Rolls) -> Self {
        Self { rolls }
    }

    /// A pickup is over: its goods were picked and shipped before the truck left.
    pub(super) fn picked_up(
        &mut self,
        sites: &mut [Site],
        world: &World,
        trip: &Trip,
        stop: usize,
    ) {
        let Some(left) = trip.stops[stop].actual.and_then(|actual| actual.end) else {
            return;
        };
        let site = &mut sites[site_of(trip.stops[stop].place.code)];
        for (at, goods) in goods_of(trip, StopKind::Pickup, stop, world)
            .into_iter()
            .enumerate()
        {
            let before = i64::try_from(at).unwrap_or(0) * 20;
            self.ship(site, trip, &goods, left - 1_800 - before);
        }
    }

    fn ship(&mut self, site: &mut Site, trip: &Trip, goods: &Goods, at: i64) {
        let from = bin(&mut self.rolls);
        let despatch_line = self.rolls.chance(0.4);
        let scanned = self.rolls.chance(0.8);
        let mut pick = self.movement(site, trip, Kind::Pick, goods, at);
        pick.bin_from = Some(from);
        pick.bin_to = Some("STAGE".to_owned());
        let mut ship = self.movement(site, trip, Kind::Ship, goods, at + 900);
        ship.bin_from = Some("STAGE".to_owned());
        ship.sscc = goods.units.first().filter(|_| scanned).cloned();
        if despatch_line {
            ship.id = None;
        }
        site.book(pick);
        site.book(ship);
    }

    /// A delivery is over: its goods were received pallet by pallet, sometimes fewer than were promised.
    pub(super) fn delivered(
        &mut self,
        sites: &mut [Site],
        world: &World,
        trip: &Trip,
        stop: usize,
    ) {
        let Some(left) = trip.stops[stop].actual.and_then(|actual| actual.end) else {
            return;
        };
        let site = &mut sites[site_of(trip.stops[stop].place.code)];
        for (at, goods) in goods_of(trip, StopKind::Delivery, stop, world)
            .into_iter()
            .enumerate()
        {
            let after = i64::try_from(at).unwrap_or(0) * 40;
            self.receive(site, trip, &goods, left + 600 + after);
        }
    }

    fn receive(&mut self, site: &mut Site, trip: &Trip, goods: &Goods, at: i64) {
        let lot = self
            .rolls
            .chance(0.6)
            .then(|| format!("LT-{}", self.rolls.digits(4)));
        let damaged = self.rolls.chance(0.1) && goods.qty.units > 500_000;
        let damage = if damaged { 200_000 } else { 0 };
        let pallets = i64::try_from(goods.units.len()).unwrap_or(1).max(1);
        let whole = goods.qty.units - damage;
        let share = whole / pallets / 100_000 * 100_000;
        for (pallet, unit) in (0..).zip(&goods.units) {
            let units = if pallet + 1 == pallets {
                whole - share * (pallets - 1)
            } else {
                share
            };
            if units == 0 {
                continue;
            }
            let mut receipt = self.movement(site, trip, Kind::Receipt, goods, at + pallet * 45);
            receipt.qty = Decimal {
                units,
                padded: false,
            };
            receipt.lot.clone_from(&lot);
            receipt.sscc = Some(unit.clone());
            receipt.bin_to = Some("RECV".to_owned());
            let put_away = self.rolls.chance(0.5);
            let to = bin(&mut self.rolls);
            if put_away {
                let mut putaway =
                    self.movement(site, trip, Kind::Putaway, goods, at + 1_200 + pallet * 45);
                putaway.qty = receipt.qty;
                putaway.lot.clone_from(&lot);
                putaway.bin_from.clone_from(&receipt.bin_to);
                putaway.bin_to = Some(to);
                site.book(putaway);
            }
            site.book(receipt);
        }
        if damaged {
            let mut adjust = self.movement(site, trip, Kind::Adjust, goods, at + 900);
            adjust.qty = Decimal {
                units: damage,
                padded: false,
            };
            adjust.lot = lot;
            adjust.reason = Some("DAMAGED");
            adjust.status = Some("DAMAGED");
            adjust.bin_to = Some("QUAR".to_owned());
            site.book(adjust);
        }
    }

    /// Something of the warehouse's own: a count, a correction, a return, goods sent from one site to another.
    pub(super) fn own(&mut self, sites: &mut [Site], now: i64) {
        let here = self.rolls.index(sites.len());
        let there = (here + 1 + self.rolls.index(sites.len() - 1)) % sites.len();
        let at = now - 86_400 - self.rolls.between(0, 40_000);
        let item = self.rolls.pick(ITEMS);
        let qty = Decimal::whole(self.rolls.between(1, 60));
        let what = self.rolls.between(0, 9);
        let serial = self
            .rolls
            .chance(0.3)
            .then(|| format!("{:010}", self.rolls.between(0, 99_999)));
        let place = bin(&mut self.rolls);
        let mut movement = |sites: &mut [Site], site: usize, kind, at| {
            let id = sites[site].id();
            let rolls = &mut self.rolls;
            Movement {
                id: Some(id),
                kind,
                at,
                clock: if rolls.chance(0.2) {
                    Clock::Offset
                } else {
                    Clock::Local
                },
                order_no: None,
                line_no: None,
                sku: item.sku.to_owned(),
                lot: None,
                serial: serial.clone(),
                qty,
                uom: item.uom,
                sscc: None,
                load_ref: None,
                reason: None,
                bin_from: None,
                bin_to: None,
                status: Some("AVAILABLE"),
                user: rolls.pick::<&str>(&USERS),
            }
        };
        match what {
            0..3 => {
                let mut count = movement(sites, here, Kind::Count, at);
                count.bin_to = Some(place);
                sites[here].book(count);
            }
            3..6 => {
                let mut lost = movement(sites, here, Kind::Adjust, at);
                lost.qty = Decimal {
                    units: -qty.units,
                    ..qty
                };
                lost.reason = Some("SHRINKAGE");
                lost.bin_to = Some(place);
                sites[here].book(lost);
            }
            6..8 => {
                let mut back = movement(sites, here, Kind::Return, at);
                back.bin_to = Some("RETURNS".to_owned());
                back.reason = Some("REFUSED");
                sites[here].book(back);
            }
            _ => {
                let mut out = movement(sites, here, Kind::TransferOut, at);
                out.bin_from = Some(place.clone());
                let mut arrived = movement(sites, there, Kind::TransferIn, at + 14_400);
                arrived.bin_to = Some(place);
                sites[here].book(out);
                sites[there].book(arrived);
            }
        }
    }

    fn movement(
        &mut self,
        site: &mut Site,
        trip: &Trip,
        kind: Kind,
        goods: &Goods,
        at: i64,
    ) -> Movement {
        let rolls = &mut self.rolls;
        Movement {
            id: Some(site.id()),
            kind,
            at,
            clock: if rolls.chance(0.2) {
                Clock::Offset
            } else {
                Clock::Local
            },
            order_no: Some(goods.order_no.clone()),
            line_no: Some(goods.line_no),
            sku: goods.sku.clone(),
            lot: None,
            serial: None,
            qty: goods.qty,
            uom: goods.uom,
            sscc: None,
            load_ref: Some(trip.shipment_no()),
            reason: None,
            bin_from: None,
            bin_to: None,
            status: Some("AVAILABLE"),
            user: rolls.pick::<&str>(&USERS),
        }
    }
}

/// The goods that a stop is for: the orders of a load are dealt out to its stops of one kind in turn.
fn goods_of(trip: &Trip, kind: StopKind, stop: usize, world: &World) -> Vec<Goods> {
    let stops: Vec<usize> = (0..trip.stops.len())
        .filter(|&at| trip.stops[at].kind == kind)
        .collect();
    let Some(turn) = stops.iter().position(|&at| at == stop) else {
        return Vec::new();
    };
    trip.orders
        .iter()
        .enumerate()
        .filter(|(at, _)| at % stops.len() == turn)
        .flat_map(|(_, &order)| goods_in(world, order))
        .collect()
}

fn goods_in(world: &World, order: usize) -> Vec<Goods> {
    let known = |sku: &str| ITEMS.iter().find(|item| item.sku == sku);
    let Order { number, lines, .. } = world.order(order);
    lines
        .iter()
        .filter_map(|line| {
            let item = known(line.item_no.as_deref()?)?;
            let units = world.handling_units(order, line);
            (!units.is_empty()).then(|| Goods {
                order_no: number.clone(),
                line_no: line.sequence,
                sku: item.sku.to_owned(),
                uom: item.uom,
                qty: Decimal {
                    padded: false,
                    ..line.qty
                },
                units,
            })
        })
        .collect()
}
