//! One sales order: its state, the entity the ERP serves, and the rows the report must hold.

use jiff::civil::Date;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::names::Customer;
use crate::stamp::{Decimal, Stamp};

/// How an order writes a text it does not have. One order keeps one way, since absent means "unknown" to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blank {
    Absent,
    Null,
    Empty,
}

#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: Uuid,
    pub(crate) number: String,
    pub(crate) blank: Blank,
    pub(crate) customer: &'static Customer,
    pub(crate) customer_id: Uuid,
    pub(crate) customer_po: Option<String>,
    pub(crate) order_date: Option<Date>,
    pub(crate) requested: Option<Date>,
    pub(crate) status: &'static str,
    pub(crate) tax_percent: i64,
    pub(crate) padded: bool,
    pub(crate) lines: Vec<Line>,
    /// Lines taken out, which may come back under their old sequence.
    pub(crate) removed: Vec<Line>,
    pub(crate) on_a_load: bool,
    pub(crate) deleted: bool,
    /// Ticks of the newest version.
    pub(crate) modified: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: Uuid,
    pub(crate) sequence: i64,
    /// None is written as an escaped blank.
    pub(crate) line_type: Option<&'static str>,
    pub(crate) item_no: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) uom: Option<&'static str>,
    pub(crate) qty: Decimal,
    pub(crate) shipped: Decimal,
    pub(crate) invoiced: Option<Decimal>,
    pub(crate) unit_price: Option<Decimal>,
    pub(crate) ship_date: Option<Date>,
}

/// One version as served: the entity without its closing brace, and its lines.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) ticks: i64,
    pub(crate) header: String,
    pub(crate) lines: String,
}

/// XML-name escaping of enum texts, as the ERP does it.
fn escaped(text: &str) -> String {
    text.replace(' ', "_x0020_")
}

fn snake(text: &str) -> String {
    text.to_lowercase().replace(' ', "_")
}

fn date_wire(date: Option<Date>) -> String {
    date.map_or_else(|| "0001-01-01".to_owned(), |date| date.to_string())
}

fn put(map: &mut Map<String, Value>, name: &str, text: Option<&str>, blank: Blank) {
    let value = match (text, blank) {
        (Some(text), _) => text.into(),
        (None, Blank::Absent) => return,
        (None, Blank::Null) => Value::Null,
        (None, Blank::Empty) => "".into(),
    };
    map.insert(name.to_owned(), value);
}

impl Order {
    pub(crate) fn fully_shipped(&self) -> bool {
        let mut goods = self
            .lines
            .iter()
            .filter(|line| line.qty.units > 0)
            .peekable();
        goods.peek().is_some() && goods.all(|line| line.shipped.units >= line.qty.units)
    }

    /// Net total in cents; hundred-thousandths of a quantity are rounded per line, as the ERP does.
    fn net_cents(&self) -> i64 {
        self.lines.iter().map(Line::net_cents).sum()
    }

    fn tax_cents(&self) -> i64 {
        (self.net_cents() * self.tax_percent + 50) / 100
    }

    pub(crate) fn entity(&self, stamp: &Stamp) -> Map<String, Value> {
        let (net, tax) = (self.net_cents(), self.tax_cents());
        let customer = self.customer;
        let Value::Object(mut map) = json!({
            "@odata.etag": etag(stamp.ticks),
            "id": self.id,
            "number": self.number,
            "orderDate": date_wire(self.order_date),
            "postingDate": date_wire(self.order_date),
            "requestedDeliveryDate": date_wire(self.requested),
            "customerId": self.customer_id,
            "customerNumber": customer.number,
            "customerName": customer.name,
            "shipToName": customer.name,
            "shipToAddressLine1": customer.line1,
            "shipToCity": customer.city,
            "shipToPostCode": customer.postcode,
            "shipToCountry": customer.country,
            "currencyId": Uuid::nil(),
            "currencyCode": customer.currency.unwrap_or_default(),
            "partialShipping": false,
            "discountAmount": 0,
            "totalAmountExcludingTax": Decimal::cents(net, self.padded).json(),
            "totalTaxAmount": Decimal::cents(tax, false).json(),
            "totalAmountIncludingTax": Decimal::cents(net + tax, self.padded).json(),
            "fullyShipped": self.fully_shipped(),
            "status": escaped(self.status),
            "lastModifiedDateTime": stamp.text,
        }) else {
            return Map::new();
        };
        put(
            &mut map,
            "externalDocumentNumber",
            self.customer_po.as_deref(),
            self.blank,
        );
        put(&mut map, "shipToState", customer.region, self.blank);
        map
    }

    pub(crate) fn served(&self, stamp: &Stamp) -> Served {
        Served::new(
            stamp.ticks,
            &self.entity(stamp),
            self.lines.iter().map(|line| line.entity(self)).collect(),
        )
    }

    /// The row of `rpt_order`.
    pub(crate) fn row(&self, company: &str) -> Value {
        let customer = self.customer;
        let mut sequences: Vec<i64> = self.lines.iter().map(|line| line.sequence).collect();
        sequences.sort_unstable();
        json!({
            "company": company,
            "order_no": self.number,
            "source_id": self.id,
            "customer_no": customer.number,
            "customer_name": customer.name,
            "customer_po": self.customer_po,
            "order_date": self.order_date,
            "requested_delivery_date": self.requested,
            "status": snake(self.status),
            "currency": customer.currency,
            "amount_ex_tax_minor": self.net_cents(),
            "amount_inc_tax_minor": self.net_cents() + self.tax_cents(),
            "ship_to_name": customer.name,
            "ship_to_line1": customer.line1,
            "ship_to_city": customer.city,
            "ship_to_region": customer.region,
            "ship_to_postcode": customer.postcode,
            "ship_to_country": customer.country,
            "fully_shipped": self.fully_shipped(),
            "line_sequences": sequences,
        })
    }
}

impl Line {
    fn net_cents(&self) -> i64 {
        let price = self.unit_price.map_or(0, |price| price.units / 1_000);
        (self.qty.units * price + 50_000) / 100_000
    }

    fn entity(&self, order: &Order) -> Value {
        let Value::Object(mut map) = json!({
            "id": self.id,
            "documentId": order.id,
            "sequence": self.sequence,
            "lineType": self.line_type.map_or_else(|| "_x0020_".to_owned(), escaped),
            "itemId": Uuid::nil(),
            "lineObjectNumber": self.item_no.as_deref().unwrap_or_default(),
            "quantity": self.qty.json(),
            "shippedQuantity": self.shipped.json(),
            "shipmentDate": date_wire(self.ship_date),
        }) else {
            return Value::Null;
        };
        put(
            &mut map,
            "description",
            self.description.as_deref(),
            order.blank,
        );
        put(&mut map, "unitOfMeasureCode", self.uom, order.blank);
        if let Some(price) = self.unit_price {
            map.insert("unitPrice".to_owned(), price.json());
        }
        if let Some(invoiced) = self.invoiced {
            map.insert("invoicedQuantity".to_owned(), invoiced.json());
        }
        Value::Object(map)
    }

    /// The row of `rpt_order_line`.
    pub(crate) fn row(&self, order: &Order, company: &str) -> Value {
        json!({
            "company": company,
            "order_no": order.number,
            "sequence": self.sequence,
            "line_type": self.line_type.map(snake),
            "item_no": self.item_no,
            "description": self.description,
            "uom": self.uom,
            "qty": self.qty.text(),
            "shipped_qty": self.shipped.text(),
            "invoiced_qty": self.invoiced.map(Decimal::text),
            "unit_price": self.unit_price.map(Decimal::text),
            "planned_ship_date": self.ship_date,
        })
    }
}

impl Served {
    pub(crate) fn new(ticks: i64, entity: &Map<String, Value>, lines: Vec<Value>) -> Self {
        let mut header = serde_json::to_string(entity).unwrap_or_default();
        header.pop();
        Self {
            ticks,
            header,
            lines: Value::Array(lines).to_string(),
        }
    }
}

pub(crate) fn etag(ticks: i64) -> String {
    use base64::Engine as _;
    let opaque = base64::engine::general_purpose::STANDARD.encode(format!("'19;{ticks};00;'"));
    format!("W/\"{opaque}\"")
}
